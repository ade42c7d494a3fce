"""Recordings: how they are recognised, and what stands beside them (sidecars, transcripts, manifests)."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import openpyxl
import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read


def wav(*, channels: int = 1, codec: int = 1, seconds: float = 0.1) -> bytes:
    """Give a WAV file of silence at 8 kHz: 16 bits, or 8 of A-law (6) or μ-law (7)."""
    width = 2 if codec == 1 else 1
    data = (b"\0" if codec == 1 else b"\xff") * int(8000 * seconds) * channels * width
    form = struct.pack("<HHIIHH", codec, channels, 8000, 8000 * channels * width, channels * width, 8 * width)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def written(path: Path, content: bytes | str | dict[str, Any]) -> Path:
    """Write a file, an object as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def recording(item: Conversation | Problem) -> Conversation:
    """Check that a recording was read."""
    assert isinstance(item, Conversation), item
    assert item.channel == "call"
    assert item.recording is not None
    return item


def encoded(path: Path, codec: str) -> None:
    """Write a second of silence as a compressed recording; the suffix says the container."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(
            format=context.format, layout="mono", rate=48_000, frame_size=context.frame_size
        )
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(part))


ENCODED = {"flac": "flac", "ogg": "libopus", "opus": "libopus", "mp3": "libmp3lame", "m4a": "aac", "webm": "libopus", "aac": "aac"}  # fmt: skip


@pytest.mark.parametrize("suffix", ENCODED)
@pytest.mark.parametrize("name", ["call", "call.wav", ""])
def test_real_encoders_output_is_recognised(tmp_path: Path, suffix: str, name: str) -> None:
    """Compressed recordings are told by their first bytes, whatever the suffix."""
    path = tmp_path / f"call.{suffix}"
    encoded(path, ENCODED[suffix])
    if name:
        path = path.rename(tmp_path / name)
    (item,) = read([path])
    call = recording(item)
    assert (call.id, call.recording, call.turns) == ("call", str(path), ())


@pytest.mark.parametrize(
    "content",
    [
        wav(),
        wav(channels=2),
        wav(codec=7),
        wav(codec=6),
        wav(seconds=0),
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"#!AMR\n" + b"\x3c" * 64,
        b"#!AMR-WB\n" + b"\x24" * 64,
        b"ID3\x04\0\0\0\0\0\0" + b"\0" * 64,
        b"\xff\xfb\x90\x64" + b"\0" * 64,
        b"\0\0\0\x20ftypM4A \0\0\0\0",
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01",
        b"FORM\0\0\0\0AIFFCOMM",
        b".snd\0\0\0\x18",
    ],
)
def test_recordings_are_told_by_their_first_bytes(tmp_path: Path, content: bytes) -> None:
    """WAV (PCM, A-law, μ-law, mono, stereo, empty), AMR, MP3, M4A, WebM, AIFF, AU, by any name."""
    for name in ("a.wav", "b.dat", "c"):
        (item,) = read([written(tmp_path / name, content)])
        recording(item)


def test_an_mp3_with_a_damaged_beginning_goes_to_the_decoder(tmp_path: Path) -> None:
    """Only the decoder can tell whether frames follow; the suffix decides."""
    (item,) = read([written(tmp_path / "a.mp3", b"\0" * 500 + b"\xff\xfb\x90\x64")])
    recording(item)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.wav", b"", "empty"),
        ("a.wav", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        ("a.wav", b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        ("a.wav", b"PK\x03\x04\x14\0\0\0", "broken"),
        ("a.wav", b"RIXF\x24\0\0\0WAVEfmt \x10\0\0\0", "named like a recording"),
        ("a.wav", b"just a note", "named like a recording"),
        ("a.flac", b"\x00\x01\x02\x03" * 9, "named like a recording"),
        ("a.wav", gzip.compress(wav()), "packed with gzip"),
        ("a.pdf", b"%PDF-1.7\n\xe2\xe3", "a PDF document"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
        ("a.rar", b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        ("a.db", b"SQLite format 3\0", "a database"),
        ("a.bin", b"\x7fELF\x02\x01\x01\0\0\0", "binary data"),
    ],
)
def test_what_is_no_recording(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """The problem says what the file really holds."""
    (item,) = read([written(tmp_path / name, content)])
    assert isinstance(item, Problem)
    assert words in item.problem


SIDECARS: list[dict[str, Any]] = [
    {
        "id": "c-9", "agent": {"id": "a-17", "team": "returns"}, "queue": "vip", "direction": "inbound", "language": "zh-CN",
        "metadata": {"answer_delay": 12, "customer_rating": 4, "agent_channel": "left", "order": 7}, "started_at": "2026-11-20T09:30:00Z",
    },
    {
        "id": "c-9", "agent": "a-17", "team": "returns", "queue": "vip", "direction": "呼入", "language": "中文", "answer_delay": "00:00:12",
        "customer_rating": "4", "agent_channel": "左", "order": 7, "started_at": 1795167000,
    },
    {
        "通话ID": "c-9", "坐席工号": "a-17", "班组": "returns", "技能组": "vip", "呼叫方向": "来电", "语种": "普通话", "应答时长": 12.0,
        "满意度": 4, "坐席声道": "L", "order": 7, "通话时间": "2026/11/20 9:30", "文件名": "x.wav",
    },
]  # fmt: skip


@pytest.mark.parametrize("sidecar", SIDECARS)
def test_a_sidecar_brings_metadata(tmp_path: Path, sidecar: dict[str, Any]) -> None:
    """Nested or flat, English or Chinese: the same conversation, and the sidecar itself is none."""
    written(tmp_path / "x.wav", wav())
    written(tmp_path / "x.json", sidecar)
    (item,) = read([tmp_path])
    call = recording(item)
    assert (call.id, call.agent.id, call.agent.team, call.queue) == ("c-9", "a-17", "returns", "vip")
    assert (call.direction, call.language) == ("inbound", "zh")
    assert call.metadata == {"answer_delay": 12.0, "customer_rating": 4, "agent_channel": "left", "order": 7}
    assert call.started_at is not None
    assert call.started_at.isoformat() == "2026-11-20T09:30:00+00:00"
    assert call.recording == str(tmp_path / "x.wav")


@pytest.mark.parametrize("order", [("x.wav", "x.json"), ("x.json", "x.wav")])
def test_a_sidecar_given_by_its_path_is_no_conversation(tmp_path: Path, order: tuple[str, str]) -> None:
    """``calls/*`` names the sidecars too."""
    written(tmp_path / "x.wav", wav())
    written(tmp_path / "x.json", {"agent": "a-1"})
    (item,) = read([tmp_path / name for name in order])
    assert recording(item).agent.id == "a-1"


TRANSCRIPTS = {
    "x.json": json.dumps({"turns": [{"speaker": "agent", "text": "您好", "start": 1.0}], "queue": "vip"}),
    "x.JSON": json.dumps({"segments": [{"start": 1.0, "end": 2.0, "text": "您好", "speaker": "agent"}]}),
    "x.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>您好\n",
    "x.srt": "1\n00:00:01,000 --> 00:00:02,000\n客服：您好\n",
    "x.txt": "[00:00:01] 客服：您好",
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
@pytest.mark.parametrize("given", ["folder", "recording", "both"])
def test_a_transcript_beside_a_recording_goes_before_transcribing(
    tmp_path: Path, name: str, given: str
) -> None:
    """It is one conversation, with words and recording."""
    audio = written(tmp_path / "x.wav", wav())
    words = written(tmp_path / name, TRANSCRIPTS[name])
    (item,) = read({"folder": [tmp_path], "recording": [audio], "both": [words, audio]}[given])
    call = recording(item)
    assert (call.id, call.recording) == ("x", str(audio))
    assert [(turn.speaker, turn.text, turn.start) for turn in call.turns] == [("agent", "您好", 1.0)]


def test_a_transcript_given_alone_knows_its_recording(tmp_path: Path) -> None:
    """Only the words were asked for; the recording beside them is still named."""
    audio = written(tmp_path / "x.wav", wav())
    words = written(tmp_path / "x.vtt", TRANSCRIPTS["x.vtt"])
    (item,) = read([words])
    assert recording(item).recording == str(audio)


def test_a_sidecar_and_a_transcript(tmp_path: Path) -> None:
    """Words from one, metadata from the other."""
    written(tmp_path / "x.wav", wav())
    written(tmp_path / "x.srt", TRANSCRIPTS["x.srt"])
    written(tmp_path / "x.json", {"team": "north"})
    (item,) = read([tmp_path])
    call = recording(item)
    assert (call.agent.team, len(call.turns)) == ("north", 1)


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ("{broken", "no valid JSON"),
        ("[1, 2]", "single value"),
        ('[{"turns": [{"text": "a"}]}, {"turns": [{"text": "b"}]}]', "2 conversations"),
        ("", "empty"),
    ],
)
def test_a_broken_sidecar_does_not_lose_the_recording(tmp_path: Path, sidecar: str, words: str) -> None:
    """The sidecar is a problem; the recording comes without it."""
    written(tmp_path / "x.wav", wav())
    written(tmp_path / "x.json", sidecar)
    *problems, item = read([tmp_path])
    assert recording(item).id == "x"
    assert any(words in problem.problem for problem in problems if isinstance(problem, Problem))


def test_the_same_name_in_two_folders(tmp_path: Path) -> None:
    """Below one folder, names are told apart by their paths; given one by one, by number."""
    paths = [written(tmp_path / day / "001.wav", wav()) for day in ("mon", "tue")]
    assert [item.id for item in read([tmp_path]) if isinstance(item, Conversation)] == ["mon/001", "tue/001"]
    first, second = read(paths)
    assert isinstance(first, Conversation)
    assert isinstance(second, Conversation)
    assert (first.id, second.id) == ("001", "001#2")
    assert "Another file" in second.remarks[0]


MANIFEST = "文件名,坐席工号,班组,满意度,备注\na.wav,7,north,5,vip\nsub\\b.wav,8,south,,\n"


def tree(folder: Path) -> Path:
    """Write a recording, and another in a folder below."""
    written(folder / "a.wav", wav())
    written(folder / "sub" / "b.wav", wav())
    return folder


def agents(items: list[Conversation | Problem]) -> dict[str, str | None]:
    """Give the agents by the conversations' ids."""
    return {item.id: item.agent.id for item in items if isinstance(item, Conversation)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_manifest_in_the_folder(tmp_path: Path, encoding: str) -> None:
    """Its rows bring metadata by file name, below its folder too; unknown columns are kept under their own names."""
    tree(tmp_path)
    written(tmp_path / "manifest.csv", MANIFEST.encode(encoding))
    items = list(read([tmp_path]))
    assert agents(items) == {"a": "7", "sub/b": "8"}
    assert isinstance(items[0], Conversation)
    assert items[0].metadata == {"customer_rating": 5, "备注": "vip"}


def test_a_manifest_the_caller_names(tmp_path: Path) -> None:
    """It may lie elsewhere and name the files alone; those of the folders do not count then."""
    tree(tmp_path / "calls")
    written(tmp_path / "calls" / "manifest.csv", "file,agent\na.wav,wrong\n")
    table = openpyxl.Workbook()
    for row in (["清单"], ["录音文件", "客服工号"], ["a.wav", 7], ["b.wav", 8]):
        table.worksheets[0].append(row)
    table.save(tmp_path / "list.xlsx")
    items = list(read([tmp_path / "calls"], manifest=tmp_path / "list.xlsx"))
    assert agents(items) == {"a": "7", "sub/b": "8"}
    assert len(items) == 2


def test_a_sidecar_goes_before_the_manifest(tmp_path: Path) -> None:
    """What is nearer counts; the manifest completes it."""
    tree(tmp_path)
    written(tmp_path / "manifest.csv", MANIFEST)
    written(tmp_path / "a.json", {"agent": {"id": "9"}})
    first = recording(next(iter(read([tmp_path]))))
    assert (first.agent.id, first.agent.team) == ("9", "north")


def test_a_manifest_completes_transcripts_too(tmp_path: Path) -> None:
    """A row may name any file; the id of the row is that of its only conversation."""
    written(tmp_path / "x.vtt", TRANSCRIPTS["x.vtt"])
    written(tmp_path / "manifest.csv", "file,id,agent\nx.vtt,c-7,17\n")
    (item,) = read([tmp_path])
    assert isinstance(item, Conversation)
    assert (item.id, item.agent.id) == ("c-7", "17")


@pytest.mark.parametrize(
    ("manifest", "place", "words"),
    [
        ("file,agent\na.wav,7\ngone.wav,8\n", "row 3", "gone.wav"),
        ("agent,team\n7,north\n", None, "No column of the manifest names the files"),
        ("", None, "empty"),
        (b"\0\1\2\3", None, "binary"),
        ('file,agent\na.wav,"7\n', "row 2", "not closed"),
    ],
)
def test_faults_of_a_manifest(tmp_path: Path, manifest: str | bytes, place: str | None, words: str) -> None:
    """They are problems of the manifest; the recordings are read."""
    written(tmp_path / "a.wav", wav())
    path = written(tmp_path / "manifest.csv", manifest)
    items = list(read([tmp_path]))
    problems = [item for item in items if isinstance(item, Problem)]
    assert len(items) - len(problems) == 1
    (problem,) = problems
    assert (problem.source, problem.place) == (str(path), place)
    assert words in problem.problem


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    """The run goes on without it."""
    written(tmp_path / "a.wav", wav())
    first, second = read([tmp_path], manifest=tmp_path / "none.csv")
    assert isinstance(first, Problem)
    recording(second)
