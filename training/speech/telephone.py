"""What a telephone line does to speech, and the files that recordings come in."""

from pathlib import Path
from typing import Final, Literal, TypeAlias

import av
import numpy as np
import numpy.typing as npt
from scipy.signal import butter, resample_poly, sosfilt

from training.speech.synthesis import SAMPLE_RATE

LINE_RATE: Final = 8_000
"""Samples a second on the line."""

BAND_HZ: Final = (300, 3_400)

Codec: TypeAlias = Literal["pcm_mulaw", "flac", "mp3", "libopus", "libopencore_amrnb"]
"""Encoders of PyAV that serve 8 kHz; the file's name says the container."""

BIT_RATES: Final[dict[Codec, int]] = {"mp3": 20_000, "libopus": 16_000, "libopencore_amrnb": 12_200}
"""Bits a second and channel, for the codecs that lose something."""

Sound: TypeAlias = npt.NDArray[np.float32]


def to_line(speech: Sound) -> Sound:
    """Bring mono ``speech`` at ``SAMPLE_RATE`` to the line's rate and band."""
    low = resample_poly(speech, LINE_RATE, SAMPLE_RATE)
    band = butter(4, BAND_HZ, "bandpass", fs=LINE_RATE, output="sos")
    return np.asarray(sosfilt(band, low), dtype=np.float32)


def hiss(samples: int, *, power: float, random: np.random.Generator) -> Sound:
    """Give band-limited white noise of a mean ``power`` (full scale is 1)."""
    band = butter(2, BAND_HZ, "bandpass", fs=LINE_RATE, output="sos")
    noise = sosfilt(band, random.standard_normal(samples))
    return np.asarray(noise * np.sqrt(power / np.mean(noise**2)), dtype=np.float32)


def write(path: Path, channels: Sound, codec: Codec) -> None:
    """Write ``channels`` (one or two rows at ``LINE_RATE``) as the same bytes each time."""
    pulse_code = np.round(np.clip(channels, -1, 1) * 32_767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(pulse_code.T).reshape(1, -1),
        format="s16",
        layout="stereo" if len(channels) == 2 else "mono",
    )
    frame.sample_rate = LINE_RATE
    exact = {"fflags": "+bitexact"}  # no date, no version, no random serial number of the stream
    with av.open(path, "w", options=exact) as container:
        stream = container.add_stream(codec, rate=LINE_RATE, layout=frame.layout.name)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if codec in BIT_RATES:
            stream.bit_rate = BIT_RATES[codec] * len(channels)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
