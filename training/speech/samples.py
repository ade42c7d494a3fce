"""Makes the calls of ``grader/samples`` from their scripts, and checks that the shipped recogniser understands them.

    python -m training.speech.samples            writes calls/, manifest, sidecars and spoken.jsonl anew
    python -m training.speech.samples --check    transcribes the calls and prints the character error rate of each

Making needs espeak-ng; the same versions of espeak-ng and PyAV give the same bytes.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from models import speech
from models.interfaces import Recording, SpeechOptions, Transcript, Unheard
from training.speech.dialogue import CallScript, Performance, load, perform
from training.speech.errors import character_errors, comparable
from training.speech.synthesis import speak_all
from training.speech.telephone import write

SAMPLES: Final = Path(__file__).parents[2] / "grader" / "samples"

PARTICULARS: Final = (
    "agent", "team", "queue", "direction", "language", "started_at", "answer_delay", "customer_rating",
    "agent_channel",
)  # fmt: skip
"""What a script may say about its call, in the order of the manifest's columns."""


def make(scripts: Sequence[CallScript], folder: Path) -> None:
    """Write the recordings, their sidecars and manifest, and what is said in them, below ``folder``."""
    calls = folder / "calls"
    calls.mkdir(exist_ok=True)
    spoken = []
    for script, performance in performances(scripts):
        write(calls / script.file, performance.channels, script.codec)
        spoken.append(_line(conversation(script, performance)))
        if script.details == "sidecar":
            (calls / script.file).with_suffix(".json").write_text(_block(script.about), encoding="utf-8")
    (folder / "spoken.jsonl").write_text("".join(spoken), encoding="utf-8")
    with (calls / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ("file", *PARTICULARS), lineterminator="\n")
        table.writeheader()
        table.writerows({"file": s.file, **s.about} for s in scripts if s.details == "manifest")


def performances(scripts: Sequence[CallScript]) -> Iterator[tuple[CallScript, Performance]]:
    """Speak every script, in order."""
    said = speak_all([line for script in scripts for line in script.lines()])
    for script in scripts:
        yield script, perform(script, list(islice(said, len(script.lines()))))


def conversation(script: CallScript, performance: Performance) -> dict[str, Any]:
    """Give the call as a perfect transcript, in the contract's form."""
    about = script.about
    return {
        "id": script.id,
        "channel": "call",
        "language": about["language"],
        "started_at": about["started_at"],
        "agent": {"id": about["agent"], "team": about["team"]},
        "queue": about["queue"],
        "direction": about["direction"],
        "metadata": {key: about[key] for key in ("answer_delay", "customer_rating") if key in about},
        "turns": [
            {"speaker": line.speaker, "text": line.text, "start": round(start, 2), "end": round(end, 2)}
            for line, (start, end) in zip(script.turns, performance.times, strict=True)
        ],
    }


def check(scripts: Sequence[CallScript], folder: Path) -> None:
    """Transcribe the recordings with the shipped model and print errors over characters said, call by call."""
    recognizer = speech.load(SpeechOptions())
    paths = [Recording(path=folder / "calls" / s.file, language=s.about["language"]) for s in scripts]
    errors = characters = 0
    for script, heard in zip(scripts, recognizer.transcribe(paths), strict=True):
        if isinstance(heard, Unheard):
            raise TypeError(f"{script.file}: {heard.problem}")
        wrong, said = misheard(script, heard)
        print(f"{script.id:32} {wrong:3} of {said:3} characters wrong, {heard.layout}")
        if script.intelligible:
            errors, characters = errors + wrong, characters + said
    print(f"character error rate of the intelligible calls: {errors / characters:.2%}")


def misheard(script: CallScript, heard: Transcript) -> tuple[int, int]:
    """Give the wrong characters and the characters said, summed over the voices told apart by channel."""
    agent, customer = ("left", "right") if script.agent_channel == "left" else ("right", "left")
    heard_of: dict[tuple[str, ...], set[str]] = {("agent",): {agent}, ("customer",): {customer}}
    if script.layout != "stereo":
        heard_of = {("agent", "customer"): {turn.voice for turn in heard.turns}}
    wrong = total = 0
    for speakers, voices in heard_of.items():
        said = "".join(line.text for line in script.turns if line.speaker in speakers)
        words = sorted((w for t in heard.turns if t.voice in voices for w in t.words), key=lambda w: w.start)
        wrong += character_errors(said, "".join(word.text for word in words))
        total += len(comparable(said))
    return wrong, total


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _block(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make or check the calls of the sample set.")
    parser.add_argument("--check", action="store_true", help="transcribe the calls instead of making them")
    scripts = load(SAMPLES / "scripts")
    if parser.parse_args().check:
        check(scripts, SAMPLES)
    else:
        make(scripts, SAMPLES)


if __name__ == "__main__":
    main()
