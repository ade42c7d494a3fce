"""Concepts: what patterns and words find in a text, how much of it, and where."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import fold
from models.turns.concepts import CONCEPTS, NAMES, READ_AT_MOST, concept_spans, concepts
from models.turns.lexicon import CLASSES, lexicon
from models.turns.patterns import patterns

CORPORA = Path(__file__).parents[2] / "training" / "corpora"
LANGUAGES = ("zh", "en")


def said(language: str) -> list[str]:
    """Read the written agent turns of a language, folded."""
    lines = (CORPORA / f"turns_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [fold(json.loads(line)["text"]) for line in lines[:300]]


def named(text: str) -> dict[str, float]:
    """Give the columns of a text that are not zero, by name."""
    row = concepts([text])[0]
    return {NAMES[column]: float(row[column]) for column in np.flatnonzero(row)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_automaton_finds_what_each_pattern_finds_alone(language: str) -> None:
    """One pass over a text gives the same columns as searching it with every pattern by ``re``."""
    texts = [text for text in said(language) if bool(re.search("[一-鿿]", text)) == (language == "zh")]
    found = concepts(texts)
    for name, pattern in patterns(language).items():
        alone = [re.search(pattern, text[:READ_AT_MOST], re.ASCII) is not None for text in texts]
        assert found[:, NAMES.index(name)].tolist() == [float(one) for one in alone], name


def test_classes_count_different_words() -> None:
    """A class of words counts log(1 + n) for n different words, however often each is said."""
    once, twice = named("垃圾"), named("垃圾垃圾")
    assert once["words of insult_or_accusation"] == pytest.approx(np.log(2))
    assert twice["words of insult_or_accusation"] == once["words of insult_or_accusation"]
    both = named("垃圾骗子")
    assert both["words of insult_or_accusation"] > once["words of insult_or_accusation"]


def test_english_words_are_whole_words() -> None:
    """An English word is not found inside another one, and marks beside it do not hide it."""
    assert "words of regret" in named("so,sorry!")
    assert "words of regret" not in named("sorrymaker")


def test_both_languages_share_the_columns() -> None:
    """An apology is the same column in either language; a text with any hanzi is read in Mandarin."""
    assert "apology" in named("非常抱歉")
    assert "apology" in named("i am sorry")
    assert "apology" not in named("i am sorry 你好")


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_add_up_to_the_columns(language: str) -> None:
    """What is due to the places of a concept is together its column's value, and each place lies in the text."""
    for text in said(language)[:100]:
        spans = concept_spans(text)
        sums = np.zeros(CONCEPTS)
        np.add.at(sums, spans.concepts, spans.shares)
        assert sums == pytest.approx(concepts([text])[0], abs=1e-5)
        assert (spans.starts >= 0).all()
        assert (spans.ends <= len(text)).all()


def test_spans_show_the_words() -> None:
    """The place of a word is the word itself, at an edge of the text too."""
    for text, word, name in (
        ("真是垃圾", "垃圾", "words of insult_or_accusation"),
        ("sorry", "sorry", "words of regret"),
    ):
        spans = concept_spans(text)
        own = spans.concepts == NAMES.index(name)
        assert word in {
            text[start:end] for start, end in zip(spans.starts[own], spans.ends[own], strict=True)
        }


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Lone surrogates, controls and empty texts give a row like all others."""
    assert concepts([text]).shape == (1, CONCEPTS)
    concept_spans(text)


def test_many_threads_read_at_once() -> None:
    """Threads that read at the same time do not disturb each other."""
    texts = said("zh")
    alone = concepts(texts)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(concepts, [texts] * 8):
            assert (found == alone).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lexicon_is_in_order(language: str) -> None:
    """Words are folded, sorted and listed once, with classes that exist; English ones have no marks."""
    entries = lexicon(language)
    words = [entry.word for entry in entries]
    assert words == sorted(set(words))
    assert [fold(word) for word in words] == words
    assert all(entry.classes for entry in entries)
    assert {name for entry in entries for name in entry.classes} == set(CLASSES.values())
    if language == "en":
        assert all(re.fullmatch(r"[a-z0-9']+( [a-z0-9']+)*", word) for word in words)
