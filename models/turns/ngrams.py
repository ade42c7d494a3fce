"""Character and word n-grams of folded text as hashed, weighted features, for a whole batch at once.

All texts are laid end to end as code points and every n-gram is hashed from prefix sums, so that the cost is a few
passes of numpy and not a Python loop over characters. The vocabulary is a sorted list of hashes: no phrase of the
training text can be read out of the weights.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int64]

MAX_CHARACTERS: Final = 4000
"""What stands further back in a turn is not read."""

_BREAK: Final = ord("\n")
_SPACE: Final = ord(" ")
_DROPPED: Final = 0xE0FF
_FIRST_PLACEHOLDER: Final = 0xE000
_PLACEHOLDERS: Final = (
    "phone id_card bank_card email plate passport address name code password".split()  # as folding leaves them
)
_PLACEHOLDER: Final = re.compile(r"\[(" + "|".join(_PLACEHOLDERS) + r")\]")
_KEPT_PUNCTUATION: Final = "!?"
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramOptions:
    """Which n-grams are read."""

    characters: tuple[int, ...]
    """Lengths in characters."""
    words: tuple[int, ...] = ()
    """Lengths in words (runs without a space)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """Every n-gram of a batch of texts, repeated ones as often as they stand."""

    hashes: Hashes
    rows: Positions
    """Index of the text."""
    starts: Positions
    """Offset of the first character in the text."""
    ends: Positions
    """Offset after the last character."""


@lru_cache(maxsize=1)
def _table() -> npt.NDArray[np.uint16]:
    """Map code points below 65,536: digits to 0, separators to one space, controls dropped."""
    table = np.arange(65536, dtype=np.uint16)
    characters = [chr(code) for code in range(65536)]
    given = (table >= 0xD800) & (table < 0xF900)  # surrogates and private use
    kept = given | np.isin(table, [_BREAK, *map(ord, _KEPT_PUNCTUATION)])
    alphanumeric = np.fromiter(map(str.isalnum, characters), dtype=bool)
    table[~alphanumeric & ~kept] = _SPACE
    table[np.fromiter(map(str.isdigit, characters), dtype=bool) & ~given] = ord("0")
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codes:
    """The normalised code points of all texts, end to end, a line break before, between and after them."""

    codes: npt.NDArray[np.uint32]
    rows: Positions
    """Index of each code point's text."""
    starts: Positions
    """Offset in its text."""
    ends: Positions
    """Offset after the last character it stands for."""


def _lay_out(texts: Sequence[str]) -> _Codes:
    cut = [text[:MAX_CHARACTERS].replace("\n", " ") for text in texts]
    joined = "\n" + "\n".join(cut) + "\n"
    if "[" in joined:
        joined = _PLACEHOLDER.sub(
            lambda match: (
                chr(_FIRST_PLACEHOLDER + _PLACEHOLDERS.index(match[1]))
                + chr(_DROPPED) * (match.end() - match.start() - 1)
            ),
            joined,
        )
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    wide = codes > 0xFFFF
    narrow = _table()[np.where(wide, 0, codes)]
    codes = np.where(wide, codes, narrow)
    rows = np.cumsum(codes == _BREAK) - 1
    offsets = np.arange(len(codes)) - np.flatnonzero(codes == _BREAK)[rows] - 1
    previous = np.concatenate([[_BREAK], codes[:-1]])
    # One separator stands for many, none at an edge; a digit stands for a number.
    gap = (codes == _SPACE) & ((previous == _SPACE) | (previous == _BREAK))
    repeated = (codes == previous) & (codes == ord("0"))
    absorbed = repeated | (codes == _DROPPED)
    here = np.arange(len(codes))
    own = np.append(np.flatnonzero(~absorbed), len(codes))
    lengths = own[np.searchsorted(own, here, side="right")] - here
    keep = np.flatnonzero(~gap & ~absorbed)
    kept = codes[keep]
    trailing = np.zeros(len(keep), dtype=bool)
    trailing[:-1] = (kept[:-1] == _SPACE) & (kept[1:] == _BREAK)
    keep = keep[~trailing]
    starts = offsets[keep]
    return _Codes(codes=codes[keep], rows=rows[keep], starts=starts, ends=starts + lengths[keep])


def occurrences(texts: Sequence[str], options: NgramOptions) -> Occurrences:
    """Hash every n-gram of folded ``texts``.

    Digits read as one ``0``, punctuation but ``!?`` as one space; a placeholder such as ``[phone]`` is one
    character. An n-gram may hold the start or the end of the text, never both sides of one.
    """
    laid = _lay_out(texts)
    codes, rows = laid.codes, laid.rows
    count = len(codes)
    powers = np.cumprod(np.full(count, _BASE, dtype=np.uint64))
    inverse = np.cumprod(np.full(count, _INVERSE, dtype=np.uint64))
    mixed = (codes.astype(np.uint64) + np.uint64(1)) * _MIX
    mixed ^= mixed >> np.uint64(29)
    prefix = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed * powers, dtype=np.uint64)])
    breaks = np.concatenate([[0], np.cumsum(codes == _BREAK)])
    is_break = codes == _BREAK
    spans = [_character_spans(n, count, breaks, is_break) for n in options.characters]
    salts = [0] * len(spans)
    if options.words:
        outside = is_break | (codes == _SPACE)
        edges = np.diff(np.concatenate([[True], outside, [True]]).astype(np.int8))
        begins, finishes = np.flatnonzero(edges == -1), np.flatnonzero(edges == 1)
        for n in options.words:
            first, last = begins[: max(len(begins) - n + 1, 0)], finishes[n - 1 :]
            inside = rows[first] == rows[last - 1] if len(first) else np.zeros(0, dtype=bool)
            spans.append((first[inside], last[inside]))
            salts.append(n)
    start = np.concatenate([a for a, _ in spans])
    end = np.concatenate([b for _, b in spans])
    salt = np.repeat(np.asarray(salts, dtype=np.uint64), [len(a) for a, _ in spans])
    value = (prefix[end] - prefix[start]) * inverse[start] + salt * _MIX
    value ^= value >> np.uint64(32)
    hashes = ((value * _MIX) >> np.uint64(32)).astype(np.uint32)
    # A break at an edge adds nothing to the span.
    first_character = np.where(is_break[start], np.minimum(start + 1, count - 1), start)
    last_character = np.where(is_break[end - 1], end - 2, end - 1)
    return Occurrences(
        hashes=hashes,
        rows=rows[start],
        starts=laid.starts[first_character],
        ends=laid.ends[last_character],
    )


def _character_spans(
    n: int, count: int, breaks: Positions, is_break: npt.NDArray[np.bool_]
) -> tuple[Positions, Positions]:
    start = np.arange(max(count - n + 1, 0))
    end = start + n
    inner = breaks[np.maximum(end - 1, start + 1)] - breaks[start + 1] if n > 2 else np.zeros(len(start), int)
    edges = is_break[start].astype(np.int64) + is_break[end - 1]
    valid = (inner == 0) & ((edges == 0) if n == 1 else (edges < 2))
    return start[valid], end[valid]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ngrams:
    """Every known n-gram of a batch of texts, repeated ones as often as they stand."""

    texts: int
    """How many texts there are."""
    columns: Positions
    """Place of each n-gram in the vocabulary."""
    rows: Positions
    """Index of the text."""
    starts: Positions
    """Offset of the first character in the text."""
    ends: Positions
    """Offset after the last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The n-grams the weights know, and how rare each is."""

    options: NgramOptions
    keys: Hashes
    """Sorted hashes."""
    idf: npt.NDArray[np.float32]
    """Inverse document frequency of each key."""

    def find(self, texts: Sequence[str]) -> Ngrams:
        """Find every known n-gram of folded ``texts``."""
        found = occurrences(texts, self.options)
        column = np.minimum(np.searchsorted(self.keys, found.hashes), len(self.keys) - 1)
        known = self.keys[column] == found.hashes
        return Ngrams(
            texts=len(texts),
            columns=column[known],
            rows=found.rows[known],
            starts=found.starts[known],
            ends=found.ends[known],
        )

    def weigh(self, found: Ngrams) -> Any:
        """Give the TF-IDF rows of texts: a float32 CSR matrix, texts x keys, rows of length 1 or 0.

        Term frequencies are sublinear (1 + log tf).
        """
        from scipy import sparse

        cells, times = np.unique(found.rows * len(self.keys) + found.columns, return_counts=True)
        row, column = np.divmod(cells, len(self.keys))
        value = (1 + np.log(times.astype(np.float32))) * self.idf[column]
        length = np.sqrt(np.bincount(row, weights=value * value, minlength=found.texts)).astype(np.float32)
        value = value / length[row]
        pointers = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=found.texts))])
        shape = (found.texts, len(self.keys))
        return sparse.csr_matrix((value, column.astype(np.int32), pointers), shape=shape)

    def vectorize(self, texts: Sequence[str]) -> Any:
        """Give the TF-IDF rows of folded ``texts``, as ``weigh`` does."""
        return self.weigh(self.find(texts))


def build_vocabulary(texts: Sequence[str], options: NgramOptions, *, min_texts: int, size: int) -> Vocabulary:
    """Take the ``size`` n-grams that stand in most of the folded ``texts``, in ``min_texts`` at least."""
    found = occurrences(texts, options)
    pairs = np.unique(found.hashes.astype(np.uint64) << np.uint64(32) | found.rows.astype(np.uint64))
    keys, frequency = np.unique((pairs >> np.uint64(32)).astype(np.uint32), return_counts=True)
    common = frequency >= min_texts
    keys, frequency = keys[common], frequency[common]
    # Stable order: frequency first, then the hash, so that the same texts give the same bytes.
    chosen = np.sort(np.lexsort((keys, -frequency))[:size])
    idf = np.log((1 + len(texts)) / (1 + frequency[chosen])) + 1
    return Vocabulary(options=options, keys=keys[chosen], idf=idf.astype(np.float32))
