"""Records what the sandboxes of this run say and hear; the run fails where it leaves Stripe's contract."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sandbox.capture import ENVIRONMENT
from tests.contract.recording import Verdict, judge

FOLDER = pytest.StashKey[Path]()
VERDICT = pytest.StashKey[Verdict]()
SHOWN = 40


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Every process of the run inherits the folder; xdist's workers find it set and leave it."""
    if ENVIRONMENT in os.environ:
        return (yield)
    with TemporaryDirectory(prefix="sandbox-capture-") as folder:
        config.stash[FOLDER] = Path(folder)
        os.environ[ENVIRONMENT] = folder
        try:
            return (yield)
        finally:
            del os.environ[ENVIRONMENT]


def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.stash.get(FOLDER, None)
    if folder is None:
        return
    verdict = session.config.stash[VERDICT] = judge(folder)
    if verdict.violations and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    verdict = config.stash.get(VERDICT, None)
    if verdict is None:
        return
    terminalreporter.section("Stripe's contract")
    for violation, times in verdict.violations.most_common(SHOWN):
        terminalreporter.write_line(f"{times} × {violation}", red=True)
    terminalreporter.write_line(str(verdict), red=bool(verdict.violations), green=not verdict.violations)
