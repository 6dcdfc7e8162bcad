"""A real chromium for the tests: the machine's own, or the one that Playwright brought."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # Frames in one process: else clicks right after a scroll aim at where another site's frame stood before.
    "--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process",
]  # fmt: skip


def executable(playwright: Playwright) -> str | None:
    """The path of a chromium, or None where there is none."""
    brought = playwright.chromium.executable_path
    found = filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)))
    return next(found, None) or (brought if Path(brought).exists() else None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser; the test is skipped where none can be found."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium: install one, or name it in CHROMIUM")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
