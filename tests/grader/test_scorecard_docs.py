"""The reference documents every field and operator, and its examples work."""

import re
from pathlib import Path

import pytest
import yaml
from scorecard_making import card

from grader.scorecard import parse
from grader.scorecard.condition import MODIFIERS, OPERATORS, Anchor, Condition, Turns
from grader.scorecard.messages import _part_in
from grader.scorecard.reasons import CHINESE, ENGLISH
from grader.scorecard.schema import Part
from grader.scorecard.scorecard import Criterion, Deduction, Scorecard, Section
from grader.scorecard.text_operators import AtLeast

TEXT = (Path(__file__).parents[2] / "docs" / "scorecards.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    """Give what stands between a heading and the next of its level or above."""
    found = re.search(rf"^(#+) {title}$", TEXT, re.MULTILINE)
    assert found, f"There is no section {title!r}."
    rest = TEXT[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


PARTS: dict[str, type[Part]] = {
    "Scorecard": Scorecard,
    "Sections": Section,
    "Criteria": Criterion,
    "Deductions": Deduction,
    **{
        operator: part
        for operator in OPERATORS
        if (part := _part_in(Condition.model_fields[operator].annotation)) is not None
    },
}


def test_every_operator_has_a_section() -> None:
    """None is left out, also not the one that joins others."""
    assert set(OPERATORS) - PARTS.keys() == {"expression"}
    for operator in OPERATORS:
        assert "```yaml" in _section(operator)


@pytest.mark.parametrize("title", PARTS)
def test_every_field_is_documented_in_its_section(title: str) -> None:
    """A field of a part stands in the section of that part."""
    for field in PARTS[title].model_fields:
        assert f"`{field}`" in _section(title), f"`{field}` is missing in the section {title}."


@pytest.mark.parametrize("part", [Turns, Anchor])
def test_every_modifier_and_its_fields_are_documented(part: type[Part]) -> None:
    """Modifiers stand in their own section."""
    for field in (*MODIFIERS, *part.model_fields):
        assert f"`{field}`" in _section("Modifiers")
    assert "`name`" in _section("Conditions")
    for field in AtLeast.model_fields:
        assert f"`{field}`" in _section("keywords")


BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0] for block in BLOCKS])
def test_every_example_works(block: str) -> None:
    """A whole scorecard loads; conditions make one that does."""
    if block.startswith("name:"):
        assert parse(block, source="docs")
    else:
        assert card(yaml.safe_load(block))


def test_both_languages_have_the_same_codes() -> None:
    """Why a conversation is not judged is told in either language."""
    assert CHINESE.unfit.keys() == ENGLISH.unfit.keys()
    assert CHINESE.speakers.keys() == ENGLISH.speakers.keys()
