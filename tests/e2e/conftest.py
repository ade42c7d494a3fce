"""The browser that the end-to-end tests drive."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright


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
