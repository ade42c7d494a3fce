"""Units and encoders: what a turn is read as, whatever stands beside it in the batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.turns.ngrams import NgramOptions, Vocabulary, build_vocabulary
from models.turns.units import UNITS_AT_MOST, UNKNOWN, find_units
from models.turns.vectors import TURNS_CONVOLVED, TURNS_POOLED, convolved_units, pooled_ngrams

MANDARIN = NgramOptions(characters=(1,))
ENGLISH = NgramOptions(characters=(), words=(1,))
TEXTS = ["您好,请稍等", "", "我要退款!", "好", "请问是哪一单呢?谢谢您"]


def vocabulary(texts: list[str], options: NgramOptions) -> Vocabulary:
    """Make a vocabulary of everything in the texts."""
    return build_vocabulary(texts, options, min_texts=1, size=500)


def weights(units: int) -> dict[str, np.ndarray]:
    """Make a small encoder of units by chance."""
    chance = np.random.default_rng(5)
    sizes = {
        "units": (units + 1, 6),
        "near.weight": (18, 5),
        "near.bias": (5,),
        "far.weight": (15, 5),
        "far.bias": (5,),
        "pooled.weight": (20, 4),
    }
    return {name: chance.normal(size=size).astype(np.float32) for name, size in sizes.items()}


def test_units_are_characters_or_words_in_order() -> None:
    """Mandarin is read character by character, English word by word; what is not known keeps its place."""
    mandarin = vocabulary(["您好吗"], MANDARIN)
    ids = find_units(["您早好", "好您"], mandarin).ids
    assert ids[1] == UNKNOWN
    assert [ids[0], ids[2]] == [ids[4], ids[3]]
    english = vocabulary(["thank you", "you"], ENGLISH)
    found = find_units(["you, thank you.", "", "no thanks"], english)
    assert np.diff(found.first).tolist() == [3, 0, 2]
    assert found.ids[0] == found.ids[2] != found.ids[1]
    assert found.ids[3:].tolist() == [UNKNOWN, UNKNOWN]


def test_a_long_turn_is_read_to_its_limit() -> None:
    """Units behind the limit are dropped; the next turn begins where it should."""
    known = vocabulary(["好坏"], MANDARIN)
    found = find_units(["好" * 900, "坏"], known)
    assert np.diff(found.first).tolist() == [UNITS_AT_MOST, 1]
    assert found.ids[-1] != found.ids[0]


def test_a_unit_is_read_with_its_neighbours() -> None:
    """The order of the units makes a difference, and so does a unit three places away from another."""
    known = vocabulary(["不是好的"], MANDARIN)
    arrays = weights(len(known.keys))
    said = convolved_units(find_units(["不是好", "好是不", "不的的的好"], known), arrays.__getitem__)
    assert np.abs(said[0] - said[1]).max() > 0.01
    without = convolved_units(find_units(["不的的的"], known), arrays.__getitem__)
    assert np.abs(said[2] - without[0]).max() > 0.01


@settings(deadline=None, max_examples=20)
@given(st.permutations(TEXTS), st.integers(0, 2))
def test_a_turn_says_the_same_in_any_company(texts: list[str], copies: int) -> None:
    """Both encoders give each turn its own vector, however many turns are read with it, in whatever order."""
    many = texts * (1 + copies * (TURNS_CONVOLVED // len(texts)))
    units, ngrams = vocabulary(TEXTS, MANDARIN), vocabulary(TEXTS, NgramOptions(characters=(1, 2)))
    arrays = weights(len(units.keys))
    chance = np.random.default_rng(6)
    arrays |= {
        name: chance.normal(size=(len(ngrams.keys), 3)).astype(np.float32) for name in ("loudest", "summed")
    }
    assert len(many) > TURNS_POOLED or not copies
    convolved = convolved_units(find_units(many, units), arrays.__getitem__)
    pooled = pooled_ngrams(ngrams.vectorize(many), arrays.__getitem__)
    for at, text in enumerate(many[: len(texts)]):
        alone = convolved_units(find_units([text], units), arrays.__getitem__)
        assert convolved[at] == pytest.approx(alone[0], rel=1e-4, abs=1e-4)
        assert pooled[at] == pytest.approx(
            pooled_ngrams(ngrams.vectorize([text]), arrays.__getitem__)[0], abs=1e-4
        )


def test_no_turns_are_no_vectors() -> None:
    """An empty batch gives an empty matrix of the right width."""
    known = vocabulary(["好"], MANDARIN)
    assert convolved_units(find_units([], known), weights(len(known.keys)).__getitem__).shape == (0, 4)


def test_greatest_values_and_sums_are_those_of_the_ngrams() -> None:
    """A turn's vector holds the maximum over its n-grams, then their sum by weight."""
    ngrams = vocabulary(["好", "坏"], MANDARIN)
    loudest = np.array([[1, -2], [-3, 4]], dtype=np.float32)
    summed = np.array([[1], [10]], dtype=np.float32)
    arrays = {"loudest": loudest, "summed": summed}
    features = ngrams.vectorize(["好坏", ""])
    said = pooled_ngrams(features, arrays.__getitem__)
    assert said[0, :2].tolist() == [1, 4]
    assert said[0, 2] == pytest.approx(features[0].toarray()[0] @ summed[:, 0])
    assert said[1].tolist() == [0, 0, 0]
