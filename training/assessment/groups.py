"""The groups by which every figure is told: corpus, language, channel, industry."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from training.corpus import Kind, kind
from training.predicted import Predicted

Dimension: TypeAlias = Literal["corpus", "language", "channel", "industry"]

FEWEST: Final = 30
"""Conversations below which a group is counted, but not measured by itself."""

LANGUAGES: Final = {"zh": "Mandarin", "en": "English"}

PROVENANCE: Final = {
    "Mandarin, real": "STC-3 helpdesk chats; codebook labels model-assisted, each read twice, one codebook",
    "Mandarin, written": "invented conversations; written and labelled with model assistance by their authors",
    "English, real": "STC-3 chats in translation; labels given to the Mandarin original",
    "English, written": "invented conversations; written and labelled with model assistance by their authors",
}
"""Who labelled what, by corpus."""

_ORIGINS: Final[dict[Kind, str]] = {
    "stc3": "real",
    "written": "written",
    "own": "written",
    "corrections": "corrected by reviewers",
}

VOTES: Final = "19 human votes a conversation (STC-3)"
"""Who judged the outcomes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conversations that have something in common."""

    dimension: Dimension
    name: str
    members: npt.NDArray[np.int64]
    """Indexes of the conversations."""


def corpus_of(one: Predicted) -> str:
    """Name the language and whether the conversation is real, written for the purpose, or one that reviewers corrected."""
    return f"{language_of(one)}, {_ORIGINS[kind(one.source)]}"


def language_of(one: Predicted) -> str:
    """Name the language."""
    code = one.conversation.language or "unknown"
    return LANGUAGES.get(code, code)


def grouped(predicted: Sequence[Predicted], dimension: Dimension) -> list[Group]:
    """Give the groups of one dimension, the largest first; industries with too few members stand together."""
    names = [_name(one, dimension) for one in predicted]
    if dimension == "industry":
        names = _together(names)
    counts = Counter(names)
    return [
        Group(
            dimension=dimension,
            name=name,
            members=np.array([at for at, own in enumerate(names) if own == name], dtype=np.int64),
        )
        for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _name(one: Predicted, dimension: Dimension) -> str:
    match dimension:
        case "corpus":
            return corpus_of(one)
        case "language":
            return language_of(one)
        case "channel":
            return f"{language_of(one)}, {one.conversation.channel}"
        case "industry":
            return f"{language_of(one)}, {one.gold.industry or 'not stated'}"


def _together(names: Sequence[str]) -> list[str]:
    counts = Counter(names)
    small = Counter(name.partition(", ")[0] for name, count in counts.items() if count < FEWEST)
    return [
        f"{language}, {small[language]} industries of fewer than {FEWEST} each"
        if counts[name] < FEWEST
        else name
        for name in names
        for language in [name.partition(", ")[0]]
    ]
