"""The console's files over HTTP, and samples that are put into an empty store."""

import re
from pathlib import Path

import httpx
import pytest
from api_stage import State
from store_stage import chat

from service.api.routes.console import _FILES
from service.database import jobs
from service.database.selection import EVERYTHING, Selection, count
from service.samples import load_samples

NOTHING_ELSE = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/console/app.js", "text/javascript; charset=utf-8"),
        ("/console/page/transcript.js", "text/javascript; charset=utf-8"),
        ("/console/page/base.css", "text/css; charset=utf-8"),
        ("/favicon.ico", "image/svg+xml"),
    ],
)
def test_files_come_to_anybody_under_a_strict_policy(
    api_lite: tuple[State, str], path: str, kind: str
) -> None:
    """They hold nothing that is secret; unchanged ones are not sent again."""
    _, address = api_lite
    answer = httpx.get(f"{address}{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert set(answer.headers["content-security-policy"].split("; ")) == NOTHING_ELSE
    again = httpx.get(f"{address}{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "page/page.html",
        "page/writer.py",
        "__init__.py",
        "%2e%2e/api/app.py",
        "page/%2e%2e/app.js",
        "page/..%2Fview.py",
        "",
    ],
)
def test_nothing_else_is_served(api_lite: tuple[State, str], name: str) -> None:
    """Whatever the address: 404."""
    _, address = api_lite
    assert httpx.get(f"{address}/console/{name}").status_code == 404


def test_every_file_that_a_file_asks_for_is_served_and_nothing_is_inline() -> None:
    """The policy would stop the browser from running or fetching anything else."""
    page = _FILES["index.html"].read_text(encoding="utf-8")
    asked = re.findall(r'(?:src|href)="/console/([^"]+)"', page)
    assert asked
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)
    for name, path in _FILES.items():
        if path.suffix == ".js":
            folder = f"{name.rpartition('/')[0]}/".lstrip("/")
            words = path.read_text(encoding="utf-8")
            asked += [
                f"{folder}{one}"
                for one in re.findall(r'^(?:import|.*\bfrom)\s+"\./([^"]+)";$', words, re.MULTILINE)
            ]
            assert "innerHTML" not in words
    assert set(asked) <= set(_FILES)


def test_samples_go_into_an_empty_store_only(api_lite: tuple[State, str], tmp_path: Path) -> None:
    """They are queued with all that is known of them, redacted; at later starts nothing is."""
    state, _ = api_lite
    samples = tmp_path / "samples"
    samples.mkdir()
    sent = chat("c-1", said="我的手机号是13800138000,您好。")
    (samples / "one.json").write_text(sent.model_dump_json(), encoding="utf-8")
    (samples / "broken.json").write_text("{", encoding="utf-8")
    assert load_samples(state, [samples]) == 1
    assert load_samples(state, [samples]) == 0
    with state.database.read() as session:
        assert count(session, Selection(), EVERYTHING) == 1
        (job,) = jobs.listed(session, EVERYTHING).items
        assert (job.kind, job.state) == ("grade", "queued")
