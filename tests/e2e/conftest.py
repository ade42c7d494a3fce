"""The browser that the end-to-end tests drive."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="module")  # while it runs, nothing else in this process may run an event loop
def browser() -> Iterator[Browser]:
    """Start Chromium: the one named by CALLGRADER_CHROMIUM, the system's, or Playwright's own."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        path = (
            os.environ.get("CALLGRADER_CHROMIUM")
            or shutil.which("chromium")
            or (str(own) if own.exists() else "")
        )
        if not path:
            pytest.fail("There is no Chromium: apt-get install chromium, or set CALLGRADER_CHROMIUM to one.")
        running = playwright.chromium.launch(executable_path=path)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a browser of its own; the test fails if one breaks its content policy or throws."""
    trouble: list[str] = []
    contexts = []

    def opened(address: str, **options: Any) -> Page:
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        # Browsers note each refusal on the console, also one that the console expects and shows.
        page.on("console", lambda said: None if "status of 4" in said.text else trouble.append(said.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []
