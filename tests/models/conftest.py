"""Sound for the tests: a call of our own making, noise and tones, and real files of every kind to hold them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from models import speech
from models.interfaces import SpeechOptions, SpeechRecognizer

Sound: TypeAlias = NDArray[np.float32]
"""Amplitudes at 16 kHz: one row a channel."""

SaveSound: TypeAlias = Callable[..., Path]

RATE = 16_000

SAID = (
    ("left", "您好，客服中心，请问有什么可以帮您？", 0.40, 5.05),
    ("right", "我上周买的空调不能用了，一直没有人处理。", 5.49, 10.19),
    ("left", "真的很抱歉，给您添麻烦了，请问您的订单号码是多少？", 10.73, 16.84),
    ("right", "订单号码是三六八二五。", 17.32, 19.84),
    ("left", "好的，我马上帮您查询，请您稍等。", 20.40, 24.43),
    ("right", "谢谢。", 25.00, 25.56),
    ("left", "维修师傅明天上午会联系您，四十八小时之内处理好。", 25.93, 32.10),
    ("right", "好的，谢谢你，再见。", 32.45, 34.69),
)


@pytest.fixture(scope="session")
def call() -> Sound:
    """Give the call of ``audio/``: the agent on the left, the customer on the right."""
    folder = Path(__file__).parent / "audio"
    return np.concatenate([_decoded(folder / f"{side}.opus") for side in ("agent", "customer")])


@pytest.fixture(scope="session")
def said() -> list[tuple[str, str, float, float]]:
    """Give the turns of the call: channel, text, start and end in seconds."""
    return list(SAID)


@pytest.fixture(scope="session")
def recognizer() -> SpeechRecognizer:
    """Give the shipped micro model, ready."""
    return speech.load(SpeechOptions(model="micro-whisper"))


@pytest.fixture
def save(tmp_path: Path) -> SaveSound:
    """Give a function that writes a sound as a real file, coded as asked for."""

    def write(
        samples: Sound,
        name: str = "call.wav",
        *,
        codec: str = "pcm_s16le",
        rate: int = RATE,
        source_rate: int = RATE,
        bit_rate: int | None = None,
    ) -> Path:
        path = tmp_path / name
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(samples)]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, dtype=np.float32), format="fltp", layout=layout
        )
        frame.sample_rate = source_rate
        with av.open(path, "w") as container:
            stream = container.add_stream(codec, rate=rate, layout=layout)
            if bit_rate:
                stream.bit_rate = bit_rate
            context = stream.codec_context
            resampler = av.AudioResampler(
                format=context.format, layout=layout, rate=rate, frame_size=context.frame_size
            )
            for part in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
        return path

    return write


def _decoded(path: Path) -> Sound:
    with av.open(path) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        return np.concatenate([f.to_ndarray() for f in (*frames, *resampler.resample(None))], axis=1)
