"""Regular expressions of scorecards match folded text and cannot hang."""

import re
import time

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from grader.scorecard.safe_pattern import MAX_WAYS, REACH, PatternError, compile_pattern
from grader.text import fold


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("退款.{0,4}到账", "您的退款明天到账", "退款明天到账"),
        ("退款到賬", "退款到账", "退款到账"),
        ("（好）", "Ａ（好）".replace("Ａ", "a"), "(好)"),
        ("[（(]好", "（好", "(好"),
        ("SORRY", "I am Sorry", "sorry"),
        (r"[A-Z]{2}\d+", "order AB12", "ab12"),
        (r"\S+@", "mail me@x", "me@"),
        (r"a{2}b", "aab", "aab"),
        (r"a{,2}b", "aab", "aab"),
        (r"a{}b", "a{}b", "a{}b"),
        (r"(?<!不)保证", "我保证", "保证"),
        (r"(?P<n>x)y", "xy", "xy"),
        (r"[]a]+", "]a", "]a"),
        (r"\(ok\)", "(ok)", "(ok)"),
    ],
)
def test_patterns_match_folded_text(source: str, text: str, found: str) -> None:
    """Script, width and case of the pattern are folded as those of the text are."""
    match = compile_pattern(source).regex.search(fold(text))
    assert match is not None
    assert match.group() == found


@pytest.mark.parametrize(
    "source",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a|ab)*c",
        "([a-z]+B)*c",
        "(.*)*x",
        "a.*b.*c.*d",
        "(?:x?y?z?){8}",
        "(?:a{0,9}){9}",
    ],
)
def test_patterns_that_could_take_very_long_are_refused(source: str) -> None:
    """What can be tried in too many ways from one point is not run."""
    with pytest.raises(PatternError, match="too many ways"):
        compile_pattern(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("(a", "missing \\)"),
        ("a{9999}", "reaches over more than"),
        ("(?i)a", "not supported"),
        ("(a)(?(1)b|c)", "not supported"),
        ("[[a]", "nested set"),
        ("a" * 2001, "more than the 2000 allowed"),
        ("(" * 30 + "a" + ")" * 30, "nest deeper"),
        ("*", "nothing to repeat"),
    ],
)
def test_what_is_no_usable_pattern_says_why(source: str, message: str) -> None:
    """Errors of the syntax and limits are told."""
    with pytest.raises(PatternError, match=message):
        compile_pattern(source)


@pytest.mark.parametrize(
    "source", ["a.*b.*c", r"\w+ \w+ \w+ x", ".*修改密码.*", "(?:ab?){0,9}c", r"(?:\w+ ){0,4}no"]
)
@pytest.mark.parametrize("text", ["a" * 20_000, "ab" * 10_000, "ab " * 6_000, "修改" * 10_000])
def test_accepted_patterns_search_long_texts_quickly(source: str, text: str) -> None:
    """Time grows with the length of the text only."""
    start = time.process_time()
    compile_pattern(source).regex.search(text)
    assert time.process_time() - start < 2


def test_endless_repeats_reach_a_limited_way() -> None:
    """``.*`` spans at most ``REACH`` characters."""
    regex = compile_pattern("a.*b").regex
    assert regex.search("a" + "x" * REACH + "b")
    assert not regex.search("a" + "x" * (REACH + 1) + "b")


def test_plain_words_count_once_in_the_bound() -> None:
    """Of many words only one can stand in a place, so that long lists of alternatives are allowed."""
    words = "|".join(f"w{index:03}" for index in range(100))
    assert compile_pattern(f"(?:{words}).{{0,40}}(?:{words})").regex.search("w001 and w099")
    assert MAX_WAYS < 100 * 41 * 100


PIECES = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", r"\w", "(?:a|b)", "(?:ab|c)", "(a)", "(?!b)", "(?=a)", "^", "$"]
)
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{1,3}", "{2}", "*?"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(PIECES, REPEATS), min_size=1, max_size=6),
    st.lists(st.text("abc ", max_size=12), min_size=1, max_size=5),
)
def test_bounding_changes_no_match_in_short_texts(pieces: list[tuple[str, str]], texts: list[str]) -> None:
    """On texts shorter than the reach, a bounded pattern and its quick test find what ``re`` finds."""
    source = "".join(piece + repeat for piece, repeat in pieces)
    try:
        pattern = compile_pattern(source)
    except PatternError:
        reject()
    for text in texts:
        expected = re.search(source, text)
        found = pattern.regex.search(text)
        assert (found and found.span()) == (expected and expected.span())
        assert pattern.guard is None or pattern.guard.search(text) or expected is None
