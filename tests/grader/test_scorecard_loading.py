"""Scorecards are read from YAML; everything wrong with one is told at once, with line, reason and remedy."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.scorecard import ScorecardError, check, load, parse, shipped
from grader.scorecard.loading import MAX_BYTES

GOOD = """\
name: small
version: 1
language: en
description: A small scorecard.
pass_score: 60
sections:
  - {id: all, name: All, weight: 1}
conditions:
  greets:
    keywords: {any: [hello, hi]}
    speaker: agent
criteria:
  - id: greeting
    section: all
    name: Greeting
    description: The agent says hello.
    points: 10
    met: greets
"""


def _problems(text: str) -> list[str]:
    try:
        parse(dedent(text), source="card.yaml")
    except ScorecardError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_a_good_scorecard_loads(tmp_path: Path) -> None:
    """A file gives a scorecard, and checking it finds nothing."""
    path = tmp_path / "card.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert check(path) == ()
    scorecard = load(path)
    assert (scorecard.name, scorecard.version, scorecard.abstain_within) == ("small", 1, 0.05)
    assert scorecard.criteria[0].decide_at == 0.5


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    """Files saved by editors that put a mark in front are read."""
    path = tmp_path / "card.yaml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load(str(path)).name == "small"


CHANGES = [
    ("name: small", "name: small\nowner: me", "line 2, owner: There is no field `owner` here. Remove it, or use one of "),
    ("version: 1", "verson: 1", "line 2, verson: There is no field `verson` here. Did you mean `version`?"),
    ("version: 1", "verson: 1", "line 1, version: The field `version` is missing. Add it."),
    ("version: 1", "version: one", "line 2, version: It must be a whole number, but it is `one`."),
    ("version: 1", "version: 1.5", "line 2, version: It must be a whole number, but it is `1.5`."),
    ("version: 1", "version: 0", "line 2, version: It must be at least 1, but it is `0`. Correct the number."),
    ("name: small", "name: 12", "line 1, name: It must be text, but it is `12`. Put it in quotes."),
    ("name: small", "name: yes", "line 1, name: It must be text, but it is `true`. Put it in quotes."),
    ("name: small", "name: [a]", "line 1, name: It must be text, but it is a list. Write it so."),
    ("name: small", "name:", "line 1, name: It must be text, but it is empty."),
    ("name: small", "name: ''", "line 1, name: It is empty. Add something, or remove the line."),
    ("language: en", "language: English", "line 3, language: `English` has the wrong form. Use an ISO 639-1 code"),
    ("pass_score: 60", "pass_score: 101", "line 5, pass_score: It must be at most 100, but it is `101`."),
    ("pass_score: 60", "pass_score: -1", "line 5, pass_score: It must be at least 0, but it is `-1`."),
    ("pass_score: 60", "pass_score: .nan", "line 5, pass_score: It must be "),
    ("pass_score: 60", "pass_score: 60\nabstain_within: 0.5", "line 6, abstain_within: It must be less than 0.5, but it is `0.5`."),
    ("weight: 1", "weight: 0", "line 7, sections[0].weight: It must be greater than 0, but it is `0`."),
    ("weight: 1", "weight: heavy", "line 7, sections[0].weight: It must be a number, but it is `heavy`."),
    ("  - {id: all, name: All, weight: 1}", "  []", "line 6, sections: It is empty."),
    ("id: all,", "id: All,", "line 7, sections[0].id: `All` has the wrong form. Use lower-case Latin letters"),
    ("  - {id: all, name: All, weight: 1}", "  - {id: all, name: All, weight: 1}\n  - {id: all, name: B, weight: 1}",
     "line 8, sections[1].id: The id `all` is used twice in sections. Give each its own."),
    ("  - {id: all, name: All, weight: 1}", "  - {id: all, name: All, weight: 1}\n  - {id: rest, name: B, weight: 1}",
     "line 8, sections[1]: The section `rest` has no criteria. Remove it, or use it."),
    ("section: all", "section: al", "line 14, criteria[0].section: There is no section `al`. Did you mean `all`?"),
    ("section: all", "section: zzz", "line 14, criteria[0].section: There is no section `zzz`. Use one of `all`."),
    ("points: 10", "points: -3", "line 17, criteria[0].points: It must be greater than 0, but it is `-3`."),
    ("points: 10", "points: ten", "line 17, criteria[0].points: It must be a number, but it is `ten`."),
    ("met: greets", "met: greeets", "line 18, criteria[0].met: There is no condition `greeets`. Did you mean `greets`?"),
    ("met: greets", "met: greets and", "line 18, criteria[0].met: The expression cannot be read: at the end: expected a condition's name"),
    ("met: greets", "met: true", "line 18, criteria[0].met: It must be an expression over names of conditions, not True."),
    ("met: greets", "met: greets\n    failed: greets", "line 13, criteria[0]: The criterion has both `met` and `failed`."),
    ("    met: greets", "", "line 13, criteria[0]: The criterion has neither `met` nor `failed`. Give `met`"),
    ("met: greets", "met: greets\n    decide_at: 1", "line 19, criteria[0].decide_at: It must be less than 1, but it is `1`."),
    ("met: greets", "met: greets\n    fatal: nobody", "line 19, criteria[0].fatal: There is no condition `nobody`."),
    ("met: greets", "met: greets\n    fatal: 3", "line 19, criteria[0].fatal: It must be an expression"),
    ("met: greets", "met: greets\n    applicable: greets or", "line 19, criteria[0].applicable: The expression cannot be read"),
    ("met: greets", "met: greets\n    deductions: [{when: greets, points: 11, reason: Late}]",
     "line 19, criteria[0].deductions[0].points: 11 points are deducted from a criterion of 10. Deduct at most"),
    ("met: greets", "met: greets\n    deductions: [{when: greets, points: 1}]",
     "line 19, criteria[0].deductions[0].reason: The field `reason` is missing."),
    ("met: greets", "met: greets\n    points: 3", "line 19, criteria[0]: The key `points` stands twice. Keep one"),
    ("speaker: agent", "speaker: agnet", "line 11, conditions.greets.speaker: `agnet` is not allowed. Did you mean `agent`?"),
    ("speaker: agent", "speaker: 1", "line 11, conditions.greets.speaker: `1` is not allowed. Use one of `agent`, "),
    ("    keywords: {any: [hello, hi]}\n", "", "line 9, conditions.greets: A condition needs exactly one operator; this one has none."),
    ("speaker: agent", "label: {name: empathy, at_least: 1}",
     "line 9, conditions.greets: A condition needs exactly one operator; this one has `keywords`, `label`. Make a condition for each"),
    ("any: [hello, hi]", "any: []", "line 10, conditions.greets.keywords.any: It is empty."),
    ("any: [hello, hi]", "any: [hello, 95598]", "line 10, conditions.greets.keywords.any[1]: It must be text, but it is `95598`. Put it in quotes."),
    ("any: [hello, hi]", "any: [hello, no]", "line 10, conditions.greets.keywords.any[1]: It must be text, but it is `false`. Put it in quotes."),
    ("any: [hello, hi]", "any: ['  ']", "line 10, conditions.greets.keywords: The keyword '  ' is blank. Remove it."),
    ("any: [hello, hi]", "any: [hello], all: [hi]", "line 10, conditions.greets.keywords: Keywords need exactly one of `any`, `all`, `none` and `at_least`; it has `any`, `all`."),
    ("any: [hello, hi]", "", "line 10, conditions.greets.keywords: Keywords need exactly one of `any`, `all`, `none` and `at_least`; it has none."),
    ("any: [hello, hi]", "some: [hello]", "line 10, conditions.greets.keywords.some: There is no field `some` here."),
    ("any: [hello, hi]", "at_least: {n: 3, of: [a, b]}", "line 10, conditions.greets.keywords: 3 different keywords are asked of a list of 2."),
    ("keywords: {any: [hello, hi]}", "pattern: {regex: '(a'}", "line 10, conditions.greets.pattern.regex: The regular expression '(a' cannot be used: missing )"),
    ("keywords: {any: [hello, hi]}", "pattern: {regex: '(a+)+b'}", "too many ways, so that a long text would take very long."),
    ("keywords: {any: [hello, hi]}", "pattern: {regex: 'a*'}", "line 10, conditions.greets.pattern.regex: The regular expression 'a*' matches everywhere."),
    ("keywords: {any: [hello, hi]}", "pattern: {regex: a, unless: ['(']}", "line 10, conditions.greets.pattern.unless: The regular expression '(' cannot be used"),
    ("keywords: {any: [hello, hi]}", "similar: {to: [hi], at_least: 0.5}", "line 10, conditions.greets.similar.to: The example 'hi' is too short to compare with."),
    ("keywords: {any: [hello, hi]}", "similar: {to: [hello there], at_least: 0}", "line 10, conditions.greets.similar.at_least: It must be greater than 0"),
    ("keywords: {any: [hello, hi]}", "label: {name: empaty, at_least: 1}", "line 10, conditions.greets.label: There is no label `empaty`. Did you mean `empathy`?"),
    ("keywords: {any: [hello, hi]}", "label: {name: empathy}", "line 10, conditions.greets.label: The limits of `empathy` let every level pass."),
    ("keywords: {any: [hello, hi]}", "label: {name: empathy, at_least: 3}", "line 10, conditions.greets.label: The limits of `empathy` let no level pass."),
    ("keywords: {any: [hello, hi]}", "label: {name: violation, at_least: 1}", "The label `violation` has no levels."),
    ("keywords: {any: [hello, hi]}", "label: {name: violation, any_of: [rued]}", "The label `violation` has no value `rued`. Did you mean `rude`?"),
    ("keywords: {any: [hello, hi]}", "label: {name: empathy, at_least: 1, any_of: [rude]}", "The label `empathy` has no named values."),
    ("keywords: {any: [hello, hi]}", "label: {name: nugget, any_of: [CNUG, HNUG]}", "A nugget condition must name types of one side"),
    ("keywords: {any: [hello, hi]}", "label: {name: empathy, at_least: 1, along_with: {name: resolved}}", "`empathy` and `resolved` cannot stand together in one turn"),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "label: {name: resolved}\n    speaker: agent", "line 9, conditions.greets: This `label` is found in turns of the customer only, never of the agent. Remove `speaker`."),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "outcome: {measure: A}", "The limits of the outcome 'task accomplished' let every level or none pass."),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "outcome: {measure: Q, at_least: 1}", "line 10, conditions.greets.outcome.measure: `Q` is not allowed. Use one of `A`, `S`, `E`."),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "duration: {}", "There is neither `at_least` nor `at_most`."),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "duration: {at_least: 5, at_most: 3}", "`at_least` is greater than `at_most`. Swap them."),
    ("keywords: {any: [hello, hi]}", "duration: {at_least: 5}", "line 9, conditions.greets: `duration` tells something of the whole conversation; `speaker` cannot limit it."),
    ("keywords: {any: [hello, hi]}", "silence: {longer_than: 1}", "line 10, conditions.greets.silence.longer_than: It must be at least 2, but it is `1`."),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "metadata: {field: vip}", "There is nothing to compare the field with. Give `equals`"),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "metadata: {field: vip, matches: '('}", "line 10, conditions.greets.metadata.matches: The regular expression '(' cannot be used"),
    ("keywords: {any: [hello, hi]}\n    speaker: agent", "channel: {any_of: phone}", "line 10, conditions.greets.channel.any_of: `phone` is not allowed. Use one of `call`, `chat`, `email`."),
    ("speaker: agent", "turns: {first: 1, last: 1}", "line 11, conditions.greets.turns: `turns` needs exactly one of `first` and `last`."),
    ("speaker: agent", "turns: {first: 0}", "line 11, conditions.greets.turns.first: It must be at least 1, but it is `0`."),
    ("speaker: agent", "nth: 1\n    count: 2", "`nth` picks one hit, so that `count` asks for nothing."),
    ("speaker: agent", "near: {condition: greets}", "`near` does not say how near."),
    ("speaker: agent", "near: {condition: greets, within: 21}", "line 11, conditions.greets.near.within: It must be at most 20"),
    ("speaker: agent", "before: {condition: greets}\n    after: {condition: greets}", "Only one of `near`, `before`, `after` can be given, not `before`, `after`."),
    ("speaker: agent", "after: {condition: gretes}", "line 11, conditions.greets.after.condition: There is no condition `gretes`. Did you mean `greets`?"),
    ("speaker: agent", "after: {condition: greets}", "line 9, conditions.greets: The condition refers to itself: `greets` → `greets`. Break the circle."),
    ("met: greets", "met: greets\n    decide_at: 0.95",
     "line 19, criteria[0].decide_at: The criterion can never be met: all above 0.95 is within 0.05 of it, too close to call."),
    ("met: greets", "met: greets\n    decide_at: 0.05", "line 19, criteria[0].decide_at: The criterion can never be not met:"),
    ("met: greets", "met: greets\n    decide_at: 0.94", None),
    ("pass_score: 60", "pass_score: 60\nabstain_within: 0.5", "abstain_within: It must be less than 0.5"),
    ("any: [hello, hi]}", "none: [hello]}\n    count: 2", "`none` is met where nothing is found, which has no place for `count`."),
    ("criteria:", "  long:\n    duration: {at_least: 3}\n  after_long:\n    keywords: {any: [x]}\n    after: {condition: long}\ncriteria:",
     "line 16, conditions.after_long.after.condition: The condition `long` has no place in the conversation to be after."),
    ("criteria:", "  sad:\n    label: {name: emotion, at_most: -1}\n  comforts:\n    keywords: {any: [x]}\n    count: 2\n    after: {condition: sad}\ncriteria:",
     "line 17, conditions.comforts.after.condition: Hits after those of `sad` cannot be counted: where they are is uncertain."),
    ("criteria:", "  a:\n    expression: b or greets\n  b:\n    expression: a and greets\ncriteria:",
     "line 12, conditions.a: The condition refers to itself: `a` → `b` → `a`. Break the circle."),
    ("criteria:", "  idle:\n    keywords: {any: [x]}\ncriteria:",
     "line 12, conditions.idle: The condition `idle` decides nothing: no criterion uses it. Use it in an expression, or remove it."),
    ("criteria:", "  not:\n    keywords: {any: [x]}\ncriteria:", "line 12, conditions.not: 'not' cannot name a condition."),
    ("criteria:", "  2nd:\n    keywords: {any: [x]}\ncriteria:", "line 12, conditions.2nd: '2nd' cannot name a condition."),
    ("criteria:", "  on:\n    keywords: {any: [x]}\ncriteria:", "line 12, conditions: The key `on` is no text. Put it in quotes."),
    ("met: greets", "met: " + " and ".join(["greets"] * 150) + "\n    applicable: " + " or ".join(["greets"] * 150), None),
    ("met: greets", "met: *greets", "line 18: The alias `*greets` is not allowed."),
    ("met: greets", "met: &g greets", None),
    ("met: greets", "met: !!python/object:os.system greets", "line 18, criteria[0].met: The value cannot be read: could not determine a constructor"),
    ("met: greets", "met: [greets", "This is not YAML:"),
    ("met: greets", "met: greets\n---\nname: second", "line 19, column 1: This is not YAML: but found another document."),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "message"), CHANGES)
def test_problems_name_line_reason_and_remedy(good: str, bad: str, message: str | None) -> None:
    """Each mistake gives a message with the line it is in; what is no mistake gives none."""
    assert good in GOOD
    problems = _problems(GOOD.replace(good, bad))
    if message is None:
        assert problems == []
    else:
        assert any(message in problem for problem in problems), problems


def test_all_problems_are_told_in_order_of_line() -> None:
    """One wrong field hides no other, and no problem is invented because a part could not be read."""
    text = (
        GOOD.replace("pass_score: 60", "pass_score: 600")
        .replace("any: [hello, hi]", "any: []")
        .replace("points: 10", "points: 0")
        .replace("met: greets", "met: greats and greets")
    )
    assert _problems(text + "extra: 1\n") == [
        "card.yaml, line 5, pass_score: It must be at most 100, but it is `600`. Correct the number.",
        "card.yaml, line 10, conditions.greets.keywords.any: It is empty. Add something, or remove the line.",
        "card.yaml, line 17, criteria[0].points: It must be greater than 0, but it is `0`. Correct the number.",
        (
            "card.yaml, line 19, extra: There is no field `extra` here. Remove it, or use one of `name`, `version`, "
            "`language`, `description`, `pass_score`, `abstain_within`, `sections`, `conditions`, `criteria`."
        ),
    ]


def test_how_near_is_too_close_is_the_scorecards() -> None:
    """The band around ``decide_at`` is what the scorecard says, and the fault is told beside others."""
    strict = GOOD.replace("met: greets", "met: greets\n    decide_at: 0.97")
    assert _problems(strict.replace("pass_score: 60", "pass_score: 60\nabstain_within: 0.02")) == []
    assert len(_problems(strict.replace("any: [hello, hi]", "any: []"))) == 2


def test_inconsistencies_are_told_all_at_once() -> None:
    """Unknown names, double ids and unused conditions come together."""
    criterion = GOOD[GOOD.index("  - id: greeting") :]
    text = GOOD.replace("criteria:", "  idle:\n    keywords: {any: [x]}\ncriteria:") + criterion.replace(
        "met: greets", "met: nothing"
    )
    problems = _problems(text)
    assert len(problems) == 3
    assert "line 12, conditions.idle" in problems[0]
    assert "line 21, criteria[1].id: The id `greeting` is used twice in criteria." in problems[1]
    assert "line 26, criteria[1].met: There is no condition `nothing`." in problems[2]


def test_expressions_of_expressions_cannot_explode() -> None:
    """Conditions that double each other are refused before they are written out."""
    levels = "".join(f"  e{n}:\n    expression: e{n - 1} and e{n - 1}\n" for n in range(1, 40))
    text = GOOD.replace("criteria:", f"  e0:\n    expression: greets\n{levels}criteria:").replace(
        "met: greets", "met: e39"
    )
    problems = _problems(text)
    assert any("comes down to 549755813888 conditions, more than the 300 allowed." in p for p in problems)


def test_expressions_over_too_many_labels_that_depend_on_each_other_are_refused() -> None:
    """What would take long for every conversation is told when the scorecard is written."""
    labels = "".join(
        f"  c{n}:\n    label: {{name: empathy, at_least: 1}}\n    turns: {{first: {n + 1}}}\n"
        for n in range(13)
    )
    text = GOOD.replace("criteria:", f"{labels}criteria:").replace(
        "met: greets", "met: greets and " + " and ".join(f"c{n}" for n in range(13))
    )
    assert any("More than 12 labels in the expression stand twice" in problem for problem in _problems(text))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty. Write a scorecard into it."),
        (b"# only a comment\n", "The file is empty."),
        (b"- a\n- b\n", "line 1: This is no scorecard. Begin with `name:`"),
        (b"just text", "line 1: This is no scorecard."),
        ("name: 评分".encode("gb18030"), "The file is not in UTF-8 (line 1). Save it again with the encoding UTF-8."),
        (b"a: \x00", "This is not YAML:"),
        (b"a: " + b"[" * 500, "nests deeper than 30 levels. Check the indentation."),
        (b"a: " + b"[" * 500 + b"]" * 500, "nests deeper than 30 levels. Check the indentation."),
        (b"#" * (MAX_BYTES + 1), "The file is larger than 1,000,000 bytes."),
        (b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "line 2: The alias `*a` is not allowed."),
        (b"conditions: 3\ncriteria: x\nsections: {}\n", "line 1, conditions: It must be a group of named fields, but it is `3`."),
        (b"conditions: {a: 3}\ncriteria: [1]\nsections: [2]\n", "line 2, criteria[0]: It must be a group of fields, but it is `1`."),
    ],
)  # fmt: skip
def test_files_that_are_no_scorecards(tmp_path: Path, content: bytes, message: str) -> None:
    """Each gives a clear problem."""
    path = tmp_path / "card.yaml"
    path.write_bytes(content)
    problems = [str(problem) for problem in check(path)]
    assert any(message in problem for problem in problems), problems
    with pytest.raises(ScorecardError) as raised:
        load(path)
    assert str(raised.value) == "\n".join(problems)


def test_missing_files_name_the_shipped_scorecards(tmp_path: Path) -> None:
    """A name that is neither a file nor shipped says what there is."""
    (problem,) = check(tmp_path / "absent.yaml")
    assert problem.source.endswith("absent.yaml")
    assert "service-en, service-zh" in problem.remedy
    assert check("service-xx")
    assert check(tmp_path)


@pytest.mark.parametrize("name", shipped())
def test_shipped_scorecards_load_by_name(name: str) -> None:
    """Names without a path give what comes with the program."""
    assert check(name) == ()
    assert load(name).name == name


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["name", "version", "sections", "conditions", "criteria", "id", "met", "keywords", "any", "label", "turns",
         "near", "condition", "deductions", "when", "pattern", "regex", "x"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "version", "sections", "conditions", "criteria"]), JUNK))
def test_no_document_makes_the_check_fail(data: dict[str, object]) -> None:
    """Whatever stands in the fields, problems come out, each with a place, a reason and a remedy."""
    import yaml

    with pytest.raises(ScorecardError) as raised:
        parse(yaml.safe_dump(data, allow_unicode=True), source="card.yaml")
    for problem in raised.value.problems:
        assert problem.problem.endswith((".", "!"))
        assert problem.remedy.endswith((".", "?"))
