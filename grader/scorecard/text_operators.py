"""Operators on the words of turns. They read folded text: simplified script, half width, lower case."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Final

from pydantic import Field, Strict, field_validator, model_validator

from grader.scorecard.observation import Hit, View
from grader.scorecard.operators import Searched
from grader.scorecard.safe_pattern import PatternError, SafePattern, compile_pattern
from grader.scorecard.schema import Count, Part, Text, Texts, enumeration, refusal
from grader.scorecard.similarity import MIN_LENGTH, Example, Letters
from grader.text import fold

MAX_TEXT: Final = 20_000
"""Characters of one turn that ``pattern`` and ``similar`` look at; nobody says more without the other answering."""

_SENTENCE_END = re.compile(r"[。!?;\n]|\.(?=\s|$)")


class AtLeast(Part):
    """So many of several keywords."""

    n: Count
    """How many different ones."""
    of: Texts


class Keywords(Searched):
    """Words or phrases, found as they stand; Latin ones as whole words."""

    any: Texts | None = None
    """One of them is said."""
    all: Texts | None = None
    """All of them are said."""
    none: Texts | None = None
    """None of them is said in any of the turns searched."""
    at_least: AtLeast | None = None
    """``n`` different ones of several are said."""
    same_turn: Annotated[bool, Strict()] = True
    """Whether ``all`` and ``at_least`` must find theirs in one turn; otherwise in all searched turns together."""

    @model_validator(mode="after")
    def _one_list(self) -> "Keywords":
        given = [name for name in ("any", "all", "none", "at_least") if getattr(self, name) is not None]
        if len(given) != 1:
            found = f"it has {enumeration(given)}" if given else "it has none"
            raise refusal(
                f"Keywords need exactly one of `any`, `all`, `none` and `at_least`; {found}.",
                "Make a condition for each list and join them in the expression.",
            )
        if blank := [word for word in self._words if not fold(word).strip()]:
            raise refusal(f"The keyword {blank[0]!r} is blank.", "Remove it.")
        if self.at_least and self.at_least.n > len(set(self.at_least.of)):
            raise refusal(
                f"{self.at_least.n} different keywords are asked of a list of {len(set(self.at_least.of))}.",
                "Lower `n` or add keywords.",
            )
        return self

    @property
    def absence(self) -> bool:
        """Whether the condition holds where nothing is found."""
        return self.none is not None

    @property
    def guard(self) -> re.Pattern[str]:
        """One of the keywords."""
        return self._together

    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit]:
        """Give every place of a keyword; for ``all`` and ``at_least`` where enough of them are said."""
        if self._needed == 1:
            return [hit for turn in turns for hit in self._places(view, turn)]
        if not self.same_turn:
            enough = self._enough([view.folded[turn] for turn in turns])
            return [hit for turn in turns for hit in self._places(view, turn)] if enough else []
        return [
            hit for turn in turns if self._enough([view.folded[turn]]) for hit in self._places(view, turn)
        ]

    @property
    def _words(self) -> tuple[str, ...]:
        return self.any or self.all or self.none or (self.at_least.of if self.at_least else ())

    @cached_property
    def _needed(self) -> int:
        return len(self._each) if self.all else self.at_least.n if self.at_least else 1

    @cached_property
    def _each(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_any_of([word])) for word in dict.fromkeys(map(_folded, self._words)))

    @cached_property
    def _together(self) -> re.Pattern[str]:
        return re.compile(_any_of(sorted(map(_folded, self._words), key=len, reverse=True)))

    def _enough(self, texts: Sequence[str]) -> bool:
        found = 0
        for word in self._each:
            found += any(word.search(text) for text in texts)
            if found == self._needed:
                return True
        return False

    def _places(self, view: View, turn: int) -> list[Hit]:
        return [Hit(turn, m.start(), m.end(), 1.0) for m in self._together.finditer(view.folded[turn])]


def _folded(word: str) -> str:
    return " ".join(fold(word).split())


def _any_of(words: Sequence[str]) -> str:
    """Write a regular expression for one of ``words``; those that begin and end in Latin letters stand as words."""
    latin = [word for word in words if _is_latin(word[0]) and _is_latin(word[-1])]
    parts = [_literal(word) for word in words if word not in latin]
    if latin:
        parts.insert(0, rf"(?<![a-z0-9])(?:{'|'.join(map(_literal, latin))})(?![a-z0-9])")
    return "|".join(parts)


def _literal(word: str) -> str:
    return re.escape(word).replace(r"\ ", r"\s+")


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


class Pattern(Searched):
    """A regular expression, with exclusions."""

    regex: Text
    """What is looked for; repeats without an end reach 80 characters."""
    unless: Texts | None = None
    """A hit does not count where one of these is found in the same sentence."""

    @field_validator("regex")
    @classmethod
    def _bounded(cls, given: str) -> str:
        return _checked(given)

    @field_validator("unless")
    @classmethod
    def _all_bounded(cls, given: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return given and tuple(map(_checked, given))

    @property
    def guard(self) -> re.Pattern[str] | None:
        """A word that every match holds."""
        return self._compiled.guard

    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit]:
        """Give every match that no exclusion takes away."""
        hits: list[Hit] = []
        for turn in turns:
            text = view.folded[turn]
            spans = (found.span() for found in self._compiled.regex.finditer(text, 0, MAX_TEXT))
            hits += [
                Hit(turn, start, end, 1.0)
                for start, end in spans
                if start < end and not self._excluded(text, start, end)
            ]
        return hits

    @cached_property
    def _compiled(self) -> SafePattern:
        return compile_pattern(self.regex)

    @cached_property
    def _unless(self) -> tuple[re.Pattern[str], ...]:
        return tuple(compile_pattern(regex).regex for regex in self.unless or ())

    def _excluded(self, text: str, start: int, end: int) -> bool:
        if not self._unless:
            return False
        begin = max((m.end() for m in _SENTENCE_END.finditer(text, 0, start)), default=0)
        after = _SENTENCE_END.search(text, end)
        close = after.start() if after else len(text)
        return any(regex.search(text, begin, close) for regex in self._unless)


def _checked(regex: str) -> str:
    try:
        compiled = compile_pattern(regex)
    except PatternError as error:
        raise refusal(
            f"The regular expression {regex!r} cannot be used: {error}.",
            "Correct it; bound repeats, as in `.{0,20}`, and do not repeat what repeats.",
        ) from None
    if compiled.regex.fullmatch(""):
        raise refusal(
            f"The regular expression {regex!r} matches everywhere.", "Ask for at least one character."
        )
    return regex


class Similar(Searched):
    """Something said much like one of several example sentences."""

    to: Texts
    """The examples."""
    at_least: Annotated[float, Strict(), Field(gt=0, le=1)] = 0.6
    """Cosine of the character n-grams, 0 to 1, from which on it counts."""

    @field_validator("to")
    @classmethod
    def _long_enough(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for sentence in given:
            if Example(sentence).length < MIN_LENGTH:
                raise refusal(
                    f"The example {sentence!r} is too short to compare with.",
                    f"Give sentences of at least {MIN_LENGTH} letters, or use `keywords`.",
                )
        return given

    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit]:
        """Give for each turn the stretch most like an example, where it is like enough."""
        hits = []
        for turn in turns:
            letters = Letters(view.folded[turn][:MAX_TEXT])
            likenesses = (example.likeness(letters, at_least=self.at_least) for example in self._examples)
            best = max(likenesses, key=lambda found: found.cosine)
            if best.cosine >= self.at_least:
                hits.append(Hit(turn, best.start, best.end, 1.0))
        return hits

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        return tuple(map(Example, self.to))
