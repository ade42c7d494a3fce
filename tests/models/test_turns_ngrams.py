"""N-grams: what they see, what they do not, and where they stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.turns.ngrams import MAX_CHARACTERS, NgramOptions, build_vocabulary, occurrences

MANDARIN = NgramOptions(characters=(1, 2, 3, 4))
ENGLISH = NgramOptions(characters=(3, 4, 5), words=(1, 2, 3))


def hashes(text: str, options: NgramOptions = MANDARIN) -> list[int]:
    """Give a text's n-grams in order."""
    return sorted(occurrences([text], options).hashes.tolist())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("您好,请稍等。", "您好 请稍等"),
        ("等24小时", "等48小时"),
        ("  请 稍等 ", "请 稍等"),
        ("电话[phone]", "电话[phone]。"),
        ("好的~~~", "好的"),
    ],
)
def test_punctuation_and_figures_do_not_count(one: str, other: str) -> None:
    """Marks between clauses, how long a number is and spaces at the edges change nothing."""
    assert hashes(one) == hashes(other)


def test_question_and_exclamation_marks_count() -> None:
    """A question is not a statement."""
    assert hashes("可以退吗?") != hashes("可以退吗")


def test_a_placeholder_is_one_character() -> None:
    """Five characters of which one is a placeholder have five single n-grams; its name is not read."""
    singles = NgramOptions(characters=(1,))
    assert len(hashes("电话是[phone]吧", singles)) == 5
    assert hashes("[phone]", singles) != hashes("[email]", singles)


def test_offsets_lead_back_to_the_text() -> None:
    """Every n-gram's span is a slice of its text, also behind what normalising drops."""
    text = "好的 -- 电话 [phone], 12345 再见"
    found = occurrences([text], NgramOptions(characters=(2,), words=(1,)))
    slices = {text[start:end] for start, end in zip(found.starts, found.ends, strict=True)}
    assert {"好的", "电话", "再见", "[phone]", "12345"} <= slices


def test_words_stay_in_their_text() -> None:
    """Word n-grams do not run from one text into the next."""
    words = NgramOptions(characters=(), words=(2,))
    assert len(occurrences(["one two", "three four"], words).hashes) == 2
    assert occurrences(["one two", "three four"], words).rows.tolist() == [0, 1]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_batch_is_its_texts(texts: list[str]) -> None:
    """Any texts, laid end to end, give the n-grams each gives alone, with spans inside the text."""
    for options in (MANDARIN, ENGLISH):
        batch = occurrences(texts, options)
        for row, text in enumerate(texts):
            alone = occurrences([text], options)
            assert sorted(batch.hashes[batch.rows == row]) == sorted(alone.hashes)
            assert ((alone.starts >= 0) & (alone.starts < alone.ends) & (alone.ends <= len(text))).all()


def test_rows_of_features_have_length_one_or_zero() -> None:
    """Known words give a row of length 1, a text without any an empty row."""
    vocabulary = build_vocabulary(["请稍等", "请稍后", "请"], MANDARIN, min_texts=2, size=10)
    rows = vocabulary.vectorize(["请稍等一下", "", "啊"])
    assert np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel().tolist() == pytest.approx(
        [1.0, 0.0, 0.0]
    )


def test_the_vocabulary_is_capped_and_repeatable() -> None:
    """The most frequent n-grams are kept, and the same texts give the same ones."""
    texts = [f"我要退款{at}号订单" for at in "甲乙丙丁"]
    first = build_vocabulary(texts, MANDARIN, min_texts=2, size=5)
    assert len(first.keys) == 5
    assert (np.diff(first.keys.astype(np.int64)) > 0).all()
    assert (first.keys == build_vocabulary(texts, MANDARIN, min_texts=2, size=5).keys).all()


def test_a_huge_turn_is_read_to_its_limit() -> None:
    """What stands after the limit makes no difference, and costs nothing."""
    start = "请" * MAX_CHARACTERS
    assert hashes(start + "退款" * 2_000_000) == hashes(start)
