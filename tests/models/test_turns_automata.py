"""Automata: what they match, and how they are kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.turns.automata import Automaton


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep automata in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "callgrader" / "automata"


def test_every_expression_is_reported_once() -> None:
    """However often it matches; gaps count characters, not bytes."""
    automaton = Automaton(["退款", "退.{1,2}款", "[好行]的$"], literal=False)
    assert sorted(automaton.matching("退款退款")) == [0, 1]
    assert automaton.matching("退全部款") == [1]
    assert automaton.matching("退不了的款") == []
    assert automaton.matching("好的") == [2]


def test_literal_words_are_no_expressions() -> None:
    """A dot in a word is a dot."""
    automaton = Automaton(["a.b", "退"], literal=True)
    assert automaton.matching("axb") == []
    assert sorted(automaton.matching("退a.b")) == [0, 1]


def test_what_was_compiled_is_read_from_the_cache(cache: Path) -> None:
    """The second automaton of the same expressions comes from the file of the first."""
    Automaton(["退款"], literal=False)
    (kept,) = cache.iterdir()
    before = kept.stat()
    assert Automaton(["退款"], literal=False).matching("要退款") == [0]
    assert kept.stat().st_mtime_ns == before.st_mtime_ns
    assert list(cache.iterdir()) == [kept]


@pytest.mark.parametrize("damage", [b"", b"no automaton", None])
def test_a_damaged_cache_is_made_anew(cache: Path, damage: bytes | None) -> None:
    """A file that is empty, foreign or cut short is compiled again and replaced."""
    Automaton(["退款"], literal=False)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert Automaton(["退款"], literal=False).matching("要退款") == [0]
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder cannot be made, the automaton works all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert Automaton(["退款"], literal=False).matching("要退款") == [0]


def test_threads_share_an_automaton() -> None:
    """Threads that scan at the same time find what one alone finds."""
    automaton = Automaton([f"{number}号" for number in range(100)], literal=False)
    text = "".join(f"{number}号" for number in range(0, 100, 3)) * 50
    alone = sorted(automaton.matching(text))
    with ThreadPoolExecutor(8) as pool:
        assert all(sorted(found) == alone for found in pool.map(automaton.matching, [text] * 200))
