"""Writes the page of a run, one conversation at a time, so that a nightly batch need not sit in memory.

Everything stands in the one file: style and script are inlined and named by their hash in the content security
policy, which allows nothing else and no request. The data are JSON in script elements that a browser does not run.
"""

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

from grader.conversation import Conversation
from grader.files import whole
from grader.grade import Grade, ScorecardName
from grader.page.view import DEMONSTRATION_SPEECH, CriterionNames, RunView, detail, row
from grader.problems import Problem

_HERE: Final = Path(__file__).parent
_MODULES: Final = "dom strings criteria transcript facts list filters detail problems head app".split()
"""The page's modules, each after those that it imports."""

_STYLES: Final = "base head list detail transcript criteria layout".split()
"""The page's style sheets, in the order in which they override each other."""

_MODULE_SYNTAX: Final = re.compile(r"^import\b[^;]*;\n|^export (?=\w)", re.MULTILINE)
_INERT: Final = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
"""What may end a script element, or cannot be written as UTF-8."""


class PageWriter:
    """Writes a page to an open text stream: ``add`` for each conversation, then ``finish`` once."""

    def __init__(self, stream: TextIO, *, names: CriterionNames, folder: Path | None = None) -> None:
        self._stream = stream
        self._names = names
        self._folder = folder
        self._forms: dict[tuple[ScorecardName, tuple[str, ...]], int] = {}
        self._models: dict[str, None] = {}
        self._notices: dict[str, None] = {}
        self._rows: list[str] = []
        self._top, self._bottom = _shell()
        stream.write(self._top)

    def add(self, conversation: Conversation, grade: Grade) -> None:
        """Write one conversation, redacted, with its grade."""
        form = (grade.scorecard, tuple(criterion.id for criterion in grade.criteria))
        number = self._forms.setdefault(form, len(self._forms))
        for model in (grade.models.turns, grade.models.speech):
            if model:
                self._models[model] = None
        heard = conversation.transcription
        if heard and heard.demonstration:
            self._notices[DEMONSTRATION_SPEECH] = None
        self._data(f"c{len(self._rows)}", _json(detail(conversation, grade, folder=self._folder)))
        self._rows.append(_json(row(conversation, grade, form=number)) + "\n")

    def finish(
        self, *, started_at: datetime, problems: Sequence[Problem] = (), notices: Sequence[str] = ()
    ) -> None:
        """Write what is known at the end of the run, and close the page."""
        forms = [
            {
                "scorecard": scorecard.model_dump(),
                "criteria": [
                    {"id": criterion, "name": self._names.get(scorecard, {}).get(criterion, criterion)}
                    for criterion in criteria
                ],
            }
            for scorecard, criteria in self._forms
        ]
        run = {
            "started_at": started_at.isoformat(),
            "models": list(self._models),
            "forms": forms,
            "notices": [*self._notices, *notices],
            "problems": [problem.as_json() for problem in problems],
        }
        self._data("run", _json(run))
        self._data("rows", *self._rows)
        self._stream.write(self._bottom)

    def _data(self, name: str, *parts: str) -> None:
        self._stream.write(f'<script type="application/json" id="{name}">')
        self._stream.writelines(parts)
        self._stream.write("</script>\n")


@contextmanager
def open_page(path: Path, *, names: CriterionNames) -> Iterator[PageWriter]:
    """Open the page at ``path``; it stands there, whole, once the block is left without an exception.

    Raises:
        OutputError: it cannot be written, or another run is writing it.
    """
    with whole(path) as stream:
        yield PageWriter(stream, names=names, folder=path.parent)


def write(path: Path, run: RunView) -> None:
    """Write the page of ``run`` to ``path``, one conversation at a time."""
    with open_page(path, names=run.names) as page:
        _fill(page, run)


def render(run: RunView) -> str:
    """Give the page of ``run`` as one text, without links to recordings."""
    stream = io.StringIO()
    _fill(PageWriter(stream, names=run.names), run)
    return stream.getvalue()


def _fill(page: PageWriter, run: RunView) -> None:
    for conversation, grade in run.graded:
        page.add(conversation, grade)
    page.finish(started_at=run.started_at, problems=run.problems, notices=run.notices)


def _shell() -> tuple[str, str]:
    """Give the page before and after its data."""
    import jinja2

    style = "\n".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    script = "\n".join(
        _MODULE_SYNTAX.sub("", (_HERE / f"{name}.js").read_text(encoding="utf-8")) for name in _MODULES
    )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("page.html").render(
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script)
    )
    top, bottom = page.split("<!-- data -->\n")
    return top, bottom


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: Any) -> str:
    """Give ``value`` as JSON that may stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _INERT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
