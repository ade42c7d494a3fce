"""From a file to samples: whatever PyAV decodes, in blocks, at 16 kHz.

Never more than a block is held, so that a call of three hours costs no more memory than one of three minutes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, TypeAlias

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]
"""Amplitudes, full scale at 1: one row a channel."""

SAMPLE_RATE: Final = 16_000
"""Samples a second of everything past this file; what Whisper and the voice activity detector want."""

BLOCK: Final = 10 * SAMPLE_RATE
"""Samples of the source decoded before they are resampled: telephone frames of 20 ms one by one cost ten times as much."""

MOST_CHANNELS: Final = 2

DECLARED_LENGTH: Final = frozenset({"wav", "w64", "flac", "mov", "matroska", "aiff", "au", "caf"})
"""Containers whose header tells the length; for others the decoder guesses it from the bit rate."""

CUT_SHORT: Final = 1.0
"""Seconds by which sound may fall short of the declared length: coders pad, and recorders round."""


class UndecodableError(Exception):
    """A file that gives no sound, with what a person can do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class AudioFile:
    """A recording opened for decoding, once, from its beginning to its end."""

    def __init__(self, path: Path) -> None:
        """Open ``path``.

        Raises:
            UndecodableError: the file is missing, empty, no recording, or has more than two channels.
        """
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise UndecodableError(
                f"The file cannot be read: {error.strerror or error}.",
                "Check the path, and that the file was not moved or locked while the run went on.",
            ) from error
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        head = self._file.read(4096)
        if not head.strip(b"\0"):
            raise UndecodableError("The file is empty.", "Export the recording again.")
        if head.startswith(b"PK\x03\x04"):
            raise UndecodableError(
                "The file is a ZIP archive, not a recording.", "Unpack it and give the recordings in it."
            )
        self._file.seek(0)
        try:
            # Playlists could name other files or hosts: no protocol is open to them, only this one file.
            self._container = av.open(
                self._file, mode="r", metadata_errors="ignore", options={"protocol_whitelist": "none"}
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise UndecodableError(
                "The file is no recording that can be decoded, or its header is damaged.",
                "Give WAV, MP3, FLAC, OPUS, AMR or M4A, and export the recording again if it should be one.",
            ) from error
        streams = self._container.streams.audio
        if not streams:
            raise UndecodableError("The file has no sound track.", "Export the recording with its sound.")
        self._stream: Any = streams[0]
        if self._stream.codec_context is None:
            raise UndecodableError(
                "The sound is coded in a way that this program cannot decode.",
                "Convert the recording to WAV.",
            )
        self.channels: int = self._stream.codec_context.channels
        if self.channels > MOST_CHANNELS:
            raise UndecodableError(
                f"The recording has {self.channels} channels; calls have one or two.",
                "Export agent and customer as the left and the right channel.",
            )
        self._truncated_header = _is_cut_short(head, self._container.format.name, self._file)
        self._samples = 0
        self._damaged = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        self._file.close()

    @property
    def duration(self) -> float:
        """Seconds decoded so far."""
        return self._samples / SAMPLE_RATE

    def blocks(self) -> Iterator[Samples]:
        """Decode: arrays of shape (channels, some samples) at 16 kHz, in order.

        Raises:
            UndecodableError: nothing at all could be decoded.
        """
        for block in _resampled(_regrouped(self._frames())):
            if block.shape[1]:
                self._samples += block.shape[1]
                yield block
        if not self._samples:
            raise UndecodableError(
                "The file holds no sound, or breaks off before any.", "Export or copy the recording again."
            )

    def remarks(self) -> tuple[str, ...]:
        """Tell what was missing or damaged, once all blocks were read."""
        remarks = []
        stream = self._stream
        declared = (
            float(stream.duration * stream.time_base)
            if stream.duration and self._container.format.name.split(",")[0] in DECLARED_LENGTH
            else 0.0
        )
        if self._truncated_header or declared - self.duration > CUT_SHORT:
            whole = f" of {declared:.0f} s" if declared - self.duration > CUT_SHORT else ""
            remarks.append(
                f"The file breaks off after {self.duration:.0f} s{whole}; what is there was transcribed."
            )
        if self._damaged:
            remarks.append(
                f"{self._damaged} damaged parts of the file could not be decoded and are left out."
            )
        return tuple(remarks)

    def _frames(self) -> Iterator[AudioFrame]:
        """Decode packet by packet: a damaged packet loses itself, not what follows."""
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.error.InvalidDataError:
                    self._damaged += 1
        except av.error.FFmpegError:
            self._damaged += 1


def _is_cut_short(head: bytes, container: str, file: BinaryIO) -> bool:
    """Tell whether a WAV file is shorter than its header says; FFmpeg quietly takes the shorter length."""
    if container != "wav" or not head.startswith(b"RIFF"):
        return False
    declared = int.from_bytes(head[4:8], "little") + 8
    position = file.tell()
    size = file.seek(0, 2)
    file.seek(position)
    # Recorders that write to a pipe leave 0 or all ones: the length is not known then.
    return 8 < declared < 0xFFFFFFFF and size < declared - 1


def _regrouped(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    """Join frames to blocks; where rate, layout or format change midway, a new block begins."""
    fifo, kind = AudioFifo(), None
    for frame in frames:
        frame.pts = None  # gaps in the time stamps are the recorder's own affair
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if fifo.samples and (found != kind or fifo.samples >= BLOCK):
            yield from _rest(fifo)
            fifo = AudioFifo()
        kind = found
        fifo.write(frame)
    yield from _rest(fifo)


def _rest(fifo: AudioFifo) -> Iterator[AudioFrame]:
    rest = fifo.read()
    if rest is not None:
        yield rest


def _resampled(frames: Iterable[AudioFrame]) -> Iterator[Samples]:
    """Bring frames to 16 kHz floats in the channel layout of the first."""
    layout: str | None = None
    resampler, kind = None, None
    for frame in frames:
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        layout = layout or ("mono" if frame.layout.nb_channels == 1 else "stereo")
        if resampler is None or found != kind:
            yield from _flushed(resampler)
            resampler, kind = AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE), found
        yield from map(_array, resampler.resample(frame))
    yield from _flushed(resampler)


def _flushed(resampler: AudioResampler | None) -> Iterator[Samples]:
    if resampler is not None:
        yield from map(_array, resampler.resample(None))


def _array(frame: AudioFrame) -> Samples:
    samples: Samples = frame.to_ndarray().astype(np.float32, copy=False)
    # Files of floats may hold NaN or infinity, which would spread through every filter.
    return samples if np.isfinite(samples).all() else np.nan_to_num(samples, posinf=0.0, neginf=0.0)
