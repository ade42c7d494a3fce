"""How often a label flips when the sentence says the same in another way, or of somebody else."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from grader.conversation import Conversation
from models.interfaces import TurnClassifier, TurnLabels
from training.noise import unpunctuated, with_filler

_SWAPS: Final = (
    ("先生", "女士"),
    ("他", "她"),
    ("爸", "妈"),
    ("老公", "老婆"),
    ("儿子", "女儿"),
    ("张", "李"),
    ("王", "陈"),
    ("刘", "赵"),
    ("北京", "成都"),
    ("上海", "贵阳"),
    ("广东", "河南"),
    ("湖南", "山东"),
    ("福建", "四川"),
)
_ENGLISH_SWAPS: Final = (
    ("mr", "mrs"),
    ("sir", "madam"),
    ("he", "she"),
    ("his", "her"),
    ("husband", "wife"),
    ("son", "daughter"),
    ("dad", "mum"),
    ("london", "leeds"),
    ("beijing", "chengdu"),
    ("shanghai", "guiyang"),
    ("john", "aisha"),
    ("david", "mei"),
)


def _pairs(swaps: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {one: other for pair in swaps for one, other in (pair, pair[::-1])}


_MANDARIN_TURNS: Final = _pairs(_SWAPS)
_ENGLISH_TURNS: Final = _pairs(_ENGLISH_SWAPS)
_MANDARIN: Final = re.compile("|".join(_MANDARIN_TURNS))
_ENGLISH: Final = re.compile(r"\b(" + "|".join(_ENGLISH_TURNS) + r")\b")


def swapped_identity(text: str) -> str:
    """Give the folded text with genders, common surnames and home regions exchanged."""
    swapped = _MANDARIN.sub(lambda match: _MANDARIN_TURNS[match[0]], text)
    return _ENGLISH.sub(lambda match: _ENGLISH_TURNS[match[0]], swapped)


def flip_rates(
    classifier: TurnClassifier, conversations: Sequence[Conversation]
) -> dict[str, tuple[float, int]]:
    """Give for each way of rewording the share of labels that change, and how many labels were compared.

    Traditional script and full-width forms are not among them: folding undoes both before a classifier reads.
    Only turns whose text changes are compared; a label is its likeliest level, or yes from probability .5 on.
    """
    chance = random.Random(0)
    ways: dict[str, Callable[[str], str]] = {
        "punctuation": unpunctuated,
        "filler": lambda text: with_filler(text, chance) if text else text,
        "swapped identity": swapped_identity,
    }
    before = classifier.predict(conversations)
    rates = {}
    for way, change in ways.items():
        changed = [
            one.model_copy(
                update={"turns": tuple(t.model_copy(update={"text": change(t.text)}) for t in one.turns)}
            )
            for one in conversations
        ]
        after = classifier.predict(changed)
        flips = total = 0
        for one, other, was, now in zip(conversations, changed, before, after, strict=True):
            for turn, other_turn, said, says in zip(
                one.turns, other.turns, was.turns, now.turns, strict=True
            ):
                if turn.text != other_turn.text:
                    first, second = _called(said), _called(says)
                    flips += sum(first[name] != second[name] for name in first)
                    total += len(first)
        rates[way] = (flips / max(total, 1), total)
    return rates


def _called(labels: TurnLabels) -> dict[str, Any]:
    """Give what is called of each label, the nugget excepted, of which people call shares."""
    called: dict[str, Any] = {}
    for name, value in labels.items():
        if name == "violation":
            called |= {code: one >= 0.5 for code, one in value.items()}  # type: ignore[union-attr]
        elif isinstance(value, dict) and name != "nugget":
            called[name] = max(value, key=value.__getitem__)
        elif isinstance(value, float):
            called[name] = value >= 0.5
    return called
