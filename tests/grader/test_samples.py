"""The shipped samples can be read, and are what their README says."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import av
import pytest
import yaml

from grader.codebook import VIOLATIONS
from grader.conversation import Conversation
from grader.reading import read
from grader.redaction import Redactor
from grader.transcription import needs_transcribing

SAMPLES = Path(__file__).parents[2] / "grader" / "samples"
MODEL = Path(__file__).parents[2] / "models" / "artifacts" / "micro-whisper"
EXPECTED = {e["id"]: e for e in json.loads((SAMPLES / "expected.json").read_text("utf-8"))["conversations"]}
SCRIPTS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((SAMPLES / "scripts").glob("*.yaml"))
}
JUDGED = [e for e in EXPECTED.values() if e["compliance"] != "not_evaluated"]
HAN_DIGITS = str.maketrans("零一二三四五六七八九", "0123456789")

STATES = ("not_met", "met")

DECODED_AS = {
    "pcm_mulaw": ("pcm_mulaw", 8_000),
    "flac": ("flac", 8_000),
    "mp3": ("mp3float", 8_000),
    "libopus": ("opus", 48_000),  # whatever went in, Opus comes out at 48 kHz
    "libopencore_amrnb": ("amrnb", 8_000),
}
"""PyAV's decoder and samples a second, by the encoder a script names."""


def _all(*paths: Path) -> list[Conversation]:
    found = list(read(paths))
    assert all(isinstance(item, Conversation) for item in found), found
    return [item for item in found if isinstance(item, Conversation)]


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    """All samples as they are read."""
    return _all(SAMPLES / "calls", SAMPLES / "chats")


@pytest.fixture(scope="module")
def texts(conversations: list[Conversation]) -> dict[str, Conversation]:
    """Every sample in words: those that came as text, and what is said in the recordings."""
    written = [c for c in conversations if c.turns]
    return {c.id: c for c in (*written, *_all(SAMPLES / "spoken.jsonl"))}


def test_there_are_enough_of_each_kind(conversations: list[Conversation]) -> None:
    """Nineteen calls to transcribe, and chats, e-mails and calls as text, all in both languages."""
    recorded = [c for c in conversations if needs_transcribing(c)]
    assert Counter(EXPECTED[c.id]["language"] for c in recorded) == {"zh": 15, "en": 4}
    written = [c for c in conversations if not needs_transcribing(c)]
    assert Counter(c.channel for c in written) == {"chat": 29, "email": 4, "call": 3}
    assert Counter(EXPECTED[c.id]["language"] for c in written) == {"zh": 20, "en": 16}


def test_nothing_had_to_be_repaired(conversations: list[Conversation]) -> None:
    """The samples are clean: reading remarks on none of them."""
    assert {c.id: c.remarks for c in conversations if c.remarks} == {}


def test_every_sample_has_its_expectation(conversations: list[Conversation]) -> None:
    """Ids are unique, and each is in the list of what a careful person would say, with its channel and its file."""
    assert sorted(c.id for c in conversations) == sorted(EXPECTED)
    assert {c.id: c.channel for c in conversations} == {name: e["channel"] for name, e in EXPECTED.items()}
    assert all((SAMPLES / e["file"]).is_file() for e in EXPECTED.values())
    assert all(c.language in {None, EXPECTED[c.id]["language"]} for c in conversations)


def test_calls_carry_what_stands_beside_them(conversations: list[Conversation]) -> None:
    """Sidecars and the manifest reach every call; some were answered late."""
    calls = {c.id: c for c in conversations if needs_transcribing(c)}
    for name, call in calls.items():
        about = SCRIPTS[name]["about"]
        assert (call.agent.id, call.agent.team, call.queue) == (about["agent"], about["team"], about["queue"])
        assert (call.direction, call.language) == (about["direction"], about["language"])
        for key in ("answer_delay", "customer_rating", "agent_channel"):
            assert call.metadata.get(key) == about.get(key)
    assert sum(call.metadata.get("answer_delay", 0) > 30 for call in calls.values()) == 4


def test_slow_and_fast_answers_are_among_the_chats(conversations: list[Conversation]) -> None:
    """First replies come both within and after the 60 seconds that a chat is given."""
    first = []
    for chat in conversations:
        asked = next((t.sent_at for t in chat.turns if t.speaker == "customer"), None)
        replied = next((t.sent_at for t in chat.turns if t.speaker == "agent"), None)
        if chat.channel == "chat" and asked and replied:
            first.append((replied - asked).total_seconds())
    assert sum(seconds <= 60 for seconds in first) >= 10
    assert sum(seconds > 60 for seconds in first) >= 3


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=lambda script: script["file"])
def test_every_recording_is_as_its_script_says(script: dict[str, Any]) -> None:
    """Each call decodes to the end: codec, rate and channels as stated, half a minute to 110 seconds long."""
    with av.open(str(SAMPLES / "calls" / script["file"])) as file:
        (stream,) = file.streams.audio
        seconds = sum(frame.samples for frame in file.decode(stream)) / stream.rate
        assert (stream.codec_context.name, stream.rate) == DECODED_AS[script["codec"]]
        assert stream.channels == (1 if script["layout"] == "mono" else 2)
    assert 30 < seconds < 110


def test_spoken_words_are_those_of_the_scripts(texts: dict[str, Conversation]) -> None:
    """``spoken.jsonl`` has the turns of every script, one after another but where the script lets them overlap."""
    for name, script in SCRIPTS.items():
        turns = texts[name].turns
        assert [{t.speaker: t.text} for t in turns] == [
            {who: line[who] for who in ("agent", "customer") if who in line} for line in script["turns"]
        ]
        for line, before, turn in zip(script["turns"][1:], turns, turns[1:], strict=False):
            assert before.end is not None
            assert turn.start is not None
            gap = turn.start - before.end
            assert gap == pytest.approx(line["gap"], abs=0.02) if "gap" in line else 0.3 < gap < 1.0


def test_the_recogniser_knows_every_spoken_character(texts: dict[str, Conversation]) -> None:
    """Calls use only hanzi that are tokens of the shipped model, and spell English."""
    bytes_of = json.loads((MODEL / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    for name in SCRIPTS:
        for character in set("".join(turn.text for turn in texts[name].turns)):
            assert _byte_level(character) in bytes_of, (name, character)


def _byte_level(character: str) -> str:
    """Spell UTF-8 bytes as byte-level tokenizers do (Radford et al., GPT-2): printable bytes stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return "".join(chr(b if b in printable else 256 + others.index(b)) for b in character.encode())


def test_labels_fit_the_turns(texts: dict[str, Conversation]) -> None:
    """Turns are those the labels were written for; a violation's quote is the agent's turn it names."""
    for name, expected in EXPECTED.items():
        turns = texts[name].turns
        assert [t.speaker for t in turns] == [t["speaker"] for t in expected["turns"]], name
        for violation in expected["violations"]:
            assert turns[violation["turn"]].text == violation["quote"]
            assert expected["turns"][violation["turn"]]["violation"] == violation["codes"]
    assert {code for e in JUDGED for v in e["violations"] for code in v["codes"]} == set(VIOLATIONS)


@pytest.mark.parametrize("expected", JUDGED, ids=lambda e: e["id"])
def test_verdicts_follow_from_the_labels(expected: dict[str, Any]) -> None:
    """Empathy, script and compliance are what the codebook derives from the labels of the turns."""
    agent = [turn for turn in expected["turns"] if turn["speaker"] == "agent"]
    empathy = any(turn["empathy"] >= 1 for turn in agent)
    follow_up = any(turn["follow_up"] >= 1 for turn in agent)
    solution = any(t["solution"] == 2 or (t["solution"] == 1 and t["follow_up"] >= 1) for t in agent)
    complete = solution and (empathy or not expected["problem"]) and (follow_up or expected["settled"])
    assert expected["compliance"] == STATES[not any(t["violation"] for t in agent)]
    assert expected["empathy"] == (STATES[empathy] if expected["problem"] else "not_applicable")
    assert expected["script"] in (
        {STATES[complete]} if expected["problem"] else {STATES[complete], "not_applicable"}
    )


def test_personal_data_is_nobodys() -> None:
    """Numbers lie where no real ones can; only their check digits are right."""
    data = [(p["kind"], p["text"]) for e in EXPECTED.values() for p in e["personal_data"]]
    assert {kind for kind, _ in data} >= {"NAME", "PHONE", "ID_CARD", "BANK_CARD", "EMAIL", "ADDRESS", "CODE"}
    invented = {
        "PHONE": r"154\d{8}|202-555-01\d\d|07700 900\d{3}",
        "ID_CARD": r"120836\d{11}[\dX]",
        "EMAIL": r".+@example\.com",
        "BANK_CARD": "6212345678901232|4111 1111 1111 1111",
    }
    for kind, text in data:
        assert re.fullmatch(invented.get(kind, ".+"), text.translate(HAN_DIGITS)), text


def test_no_other_personal_data_is_in_them(texts: dict[str, Conversation]) -> None:
    """The redactor finds every piece that is listed, and changes no other turn."""
    for redacted in Redactor().redact(list(texts.values())):
        name = redacted.conversation.id
        listed: dict[int, list[str]] = {}
        for piece in EXPECTED[name]["personal_data"]:
            listed.setdefault(piece["turn"], []).append(f"[{piece['kind']}]")
        for index, (before, after) in enumerate(
            zip(texts[name].turns, redacted.conversation.turns, strict=True)
        ):
            assert re.findall(r"\[[A-Z_]+\]", after.text) == listed.get(index, []), (name, after.text)
            assert index in listed or after.text == before.text


def test_the_samples_stay_small() -> None:
    """All of them together are no burden for a clone."""
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 7_000_000
