"""Decoding: every format gives the same sound, and every broken file a reason."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from models.speech.decoding import BLOCK, SAMPLE_RATE, AudioFile, UndecodableError

Sound = NDArray[np.float32]
SaveSound = Callable[..., Path]

SECONDS = 12
PITCHES = (440, 580)
"""Hertz on the first and the second channel."""


def tones(channels: int, *, rate: int = SAMPLE_RATE, seconds: float = SECONDS) -> Sound:
    """Give a different steady tone on each channel."""
    time = np.arange(int(seconds * rate)) / rate
    return np.array([0.3 * np.sin(2 * np.pi * (440 + 140 * c) * time) for c in range(channels)], np.float32)


def decode(path: Path) -> tuple[Sound, tuple[str, ...]]:
    """Decode a whole file; gives its samples and remarks."""
    with AudioFile(path) as audio:
        samples = np.concatenate(list(audio.blocks()), axis=1)
        return samples, audio.remarks()


def pitches(samples: Sound) -> list[int]:
    """Give the strongest frequency of each channel, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples[:, SAMPLE_RATE : 2 * SAMPLE_RATE]))
    return [int(channel.argmax()) for channel in spectrum]


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [
        ("call.wav", "pcm_s16le", 8000, 2),
        ("call.wav", "pcm_mulaw", 8000, 1),
        ("call.wav", "pcm_alaw", 8000, 2),
        ("call.wav", "pcm_f32le", 44100, 2),
        ("call.wav", "g722", 16000, 1),
        ("call.mp3", "mp3", 16000, 2),
        ("call.flac", "flac", 16000, 2),
        ("call.opus", "libopus", 48000, 2),
        ("call.ogg", "libopus", 48000, 1),
        ("call.m4a", "aac", 44100, 2),
        ("call.amr", "libopencore_amrnb", 8000, 1),
        ("call.webm", "libopus", 48000, 1),
    ],
)
def test_every_format_gives_its_channels_at_16_khz(
    save: SaveSound, name: str, codec: str, rate: int, channels: int
) -> None:
    """Length, channels and pitch survive every container, codec and rate."""
    path = save(tones(channels, rate=rate), name, codec=codec, rate=rate, source_rate=rate, bit_rate=None)
    samples, remarks = decode(path)
    assert samples.dtype == np.float32
    assert samples.shape[0] == channels
    assert samples.shape[1] / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)
    assert pitches(samples) == list(PITCHES[:channels])
    assert remarks == ()


def test_the_content_decides_not_the_name(save: SaveSound, tmp_path: Path) -> None:
    """An MP3 that is called .wav is decoded all the same."""
    misnamed = save(tones(1), "call.mp3", codec="mp3").rename(tmp_path / "call.wav")
    samples, _ = decode(misnamed)
    assert pitches(samples) == [440]


def test_sound_comes_in_blocks(save: SaveSound) -> None:
    """No block holds more than a little over ten seconds, however long the file is."""
    path = save(tones(1, seconds=65), "call.wav", codec="pcm_mulaw", rate=8000)
    with AudioFile(path) as audio:
        lengths = [block.shape[1] for block in audio.blocks()]
        assert audio.duration == pytest.approx(65, abs=0.1)
    assert len(lengths) >= 3
    assert max(lengths) <= BLOCK * 2.5


@pytest.mark.parametrize(
    ("name", "codec"), [("call.wav", "pcm_s16le"), ("call.wav", "pcm_mulaw"), ("call.flac", "flac")]
)
def test_a_truncated_file_gives_what_is_there_and_says_so(save: SaveSound, name: str, codec: str) -> None:
    """Half a file gives about half the seconds, and a remark with them."""
    path = save(tones(2), name, codec=codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    samples, remarks = decode(path)
    assert samples.shape[1] / SAMPLE_RATE == pytest.approx(SECONDS / 2, abs=0.7)
    assert remarks
    assert remarks[0].startswith("The file breaks off after ")


def test_a_truncated_amr_loses_only_its_last_frame(save: SaveSound) -> None:
    """AMR has no length in its header: half a frame at the end is a damaged part."""
    path = save(tones(1, rate=8000), "call.amr", codec="libopencore_amrnb", rate=8000, source_rate=8000)
    path.write_bytes(path.read_bytes()[:-5])
    samples, remarks = decode(path)
    assert samples.shape[1] / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)
    assert remarks == ("1 damaged parts of the file could not be decoded and are left out.",)


def test_damage_in_the_middle_loses_only_itself(save: SaveSound) -> None:
    """Noise written over a few packets does not end the recording."""
    path = save(tones(1), "call.flac", codec="flac")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(content)
    samples, _ = decode(path)
    assert samples.shape[1] / SAMPLE_RATE > SECONDS * 0.8
    assert pitches(samples) == [440]


def test_infinite_and_missing_numbers_become_silence(save: SaveSound) -> None:
    """A float WAV with NaN and infinity decodes to finite samples."""
    sound = tones(1)
    sound[0, 1000:2000] = np.nan
    sound[0, 3000:3010] = np.inf
    samples, _ = decode(save(sound, codec="pcm_f32le"))
    assert np.isfinite(samples).all()


def zip_archive(folder: Path) -> Path:
    """Write a ZIP archive under a recording's name."""
    path = folder / "call.wav"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside.txt", "no sound")
    return path


def picture(folder: Path) -> Path:
    """Write a picture."""
    path = folder / "call.png"
    with av.open(path, "w", format="image2") as container:
        stream = container.add_stream("png", rate=1, width=16, height=16, pix_fmt="rgb24")
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
    return path


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    """Give a function that writes ``content``."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda folder: folder / "gone.wav", "The file cannot be read: No such file or directory."),
        (lambda folder: folder, "The file cannot be read: Is a directory."),
        (written("call.wav", b""), "The file is empty."),
        (written("call.wav", bytes(4096)), "The file is empty."),
        (zip_archive, "The file is a ZIP archive, not a recording."),
        (written("call.wav", b"RIFF\x24\0\0\0WAVEfmt \xff\xff"), "The file is no recording"),
        (written("call.mp3", b"Dear customer, this is a letter and no recording at all. " * 40), "The file"),
        (written("call.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom"), "The file"),
        (picture, "The file has no sound track."),
    ],
    ids=["gone", "folder", "zero-length", "zeros", "zip", "header", "letter", "m4a-head", "picture"],
)
def test_what_is_no_recording_is_refused_with_a_reason(
    tmp_path: Path, make: Callable[[Path], Path], problem: str
) -> None:
    """The error says what is wrong and what to do, each in a full sentence."""
    with pytest.raises(UndecodableError) as caught:
        decode(make(tmp_path))
    assert caught.value.problem.startswith(problem)
    assert caught.value.problem.endswith(".")
    assert caught.value.remedy.endswith(".")


def test_more_than_two_channels_are_refused(save: SaveSound) -> None:
    """Nobody knows which of six channels are the agent's and the customer's."""
    with pytest.raises(UndecodableError, match="has 6 channels"):
        decode(save(tones(6)))


def test_a_wav_without_samples_is_refused(save: SaveSound) -> None:
    """A header alone holds no sound."""
    path = save(tones(1, seconds=1))
    path.write_bytes(path.read_bytes()[:44])
    with pytest.raises(UndecodableError):
        decode(path)


@pytest.mark.parametrize("name", ["call.m3u8", "call.wav"])
def test_a_playlist_opens_no_other_file(save: SaveSound, tmp_path: Path, name: str) -> None:
    """A playlist in a recording's place must not make the program read what it names."""
    secret = save(tones(1), "secret.mp3", codec="mp3")
    playlist = tmp_path / name
    playlist.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\n{secret.as_uri()}\n#EXT-X-ENDLIST\n", "utf-8"
    )
    with pytest.raises(UndecodableError):
        decode(playlist)


def test_a_recording_of_unknown_length_is_whole(save: SaveSound) -> None:
    """Recorders that write to a pipe leave the lengths in the header at their greatest: that is no truncation."""
    path = save(tones(1), codec="pcm_s16le")
    content = bytearray(path.read_bytes())
    content[4:8] = b"\xff\xff\xff\xff"
    data = content.index(b"data") + 4
    content[data : data + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    samples, remarks = decode(path)
    assert samples.shape[1] / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)
    assert remarks == ()
