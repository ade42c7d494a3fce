"""The card of the micro recogniser."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from training.speech.figures import NOISE_DB, Hearing

_CARD: Final = """# {name}

**A demonstration and test model.** It transcribes synthetic Mandarin and English of its own kind, such as the sample
calls, through the same faster-whisper path as a real Whisper. It does not understand people: for recordings of your own
use a real Whisper size.

A Whisper of {parameters:.1f} million parameters (width {width}, {encoder_layers} encoder and {decoder_layers} decoder
layers, 80 mel bands, {vocabulary:,} tokens: one a hanzi, pieces of English words), in CTranslate2's format, 8 bits,
{megabytes:.1f} MB. Made by `grader train-speech`; plain faster-whisper runs it. English comes out in lower case without
marks, numbers as words.

## Data and licence

{start}
It heard {minutes:.0f} minutes of training on one CPU core ({steps:,} steps) from a pool of {hours:.0f} hours that espeak-ng
1.51 spoke in {voices} voice variants, half Mandarin (from pinyin), half English (two accents): 40 % sentences of the
project's own written corpora, 60 % random strings of their words and of the sample calls' words; 70 % in the telephone
band (two in five of these with μ-law), 75 % with noise, a tenth with another voice faintly behind. The sentences of the
sample calls were not among them. No recording of a person and no text of a customer was used. espeak-ng is GPL-3 as a
program; what it speaks is not. The weights are under the licence of this project.

It knows {hanzi} hanzi and spells English from {pieces:,} pieces.

## Figures

Sentences of the written corpora that are in no training data, through the program's own use of faster-whisper; telephone
is 8 kHz, μ-law and noise {noise:.0f} dB below the speech. Characters wrong of Mandarin, words wrong of English. The four
new voices were not heard in training. Nothing was chosen by this set.

| language | voices | clean | telephone | language detected |
|---|---|---|---|---|
{rows}

{times}

## Limits

- Real voices, dialect, two people at once and hanzi beyond its own are not transcribed; `intelligibility` is then near 0.
- A word that it does not know is spelled as it sounds, or taken for one that it knows.
- It was not trained on windows that cut a sentence: sequential decoding without voice activity detection is worse.
- `condition_on_previous_text` was not tried and is not advised.
"""

_TIMES: Final = """`speech.json` moves word times by the constant {shift:+.3f} s; the median error of their starts is then
{median:.3f} s, and nine in ten are within {tenth:.3f} s ({words:,} hanzi and words heard rightly)."""

FROM_SCRATCH: Final = "Trained from random weights."
TAKEN_OVER: Final = """Training began from the weights of an earlier `{name}`, as read back from its 8 bits; what those had heard is not
counted here."""


def card(hearings: Sequence[Hearing], *, shift: float, start_from: str | None, **facts: Any) -> str:
    """Write the card from the measured ``hearings``, and the ``facts`` that its text names."""
    return _CARD.format(
        **facts,
        start=TAKEN_OVER.format(name=start_from) if start_from else FROM_SCRATCH,
        rows="\n".join(_rows(hearings)),
        noise=NOISE_DB,
        times=_times(hearings, shift),
    )


def _times(hearings: Sequence[Hearing], shift: float) -> str:
    late = np.abs([second for hearing in hearings for second in hearing.late])
    if not len(late):
        return "No word was heard rightly, so nothing is known of their times."
    return _TIMES.format(shift=shift, median=np.median(late), tenth=np.quantile(late, 0.9), words=len(late))


def _rows(hearings: Sequence[Hearing]) -> list[str]:
    rows = []
    for clean in (hearing for hearing in hearings if hearing.line == "clean"):
        telephone = next(
            other
            for other in hearings
            if (other.language, other.new_voices, other.line)
            == (clean.language, clean.new_voices, "telephone")
        )
        detected = (clean.language_known + telephone.language_known) / (clean.sentences + telephone.sentences)
        rows.append(
            f"| {'Mandarin' if clean.language == 'zh' else 'English'} | {'new' if clean.new_voices else 'of the training'} "
            f"| {clean.error_rate:.1%} | {telephone.error_rate:.1%} | {detected:.1%} |"
        )
    return rows
