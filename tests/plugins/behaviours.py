"""Says at the end of a run how the sandbox stands to what Stripe documents, where the run has looked."""

import pytest

from tests.sandbox.behaviours.table import summary

LOOKED = "test_the_sandbox_holds"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    looked = [report for report in reports if LOOKED in getattr(report, "nodeid", "")]
    if looked:
        terminalreporter.section("Stripe's documented behaviour")
        failed = sum(report.failed for report in looked)
        terminalreporter.write_line(f"{summary()}; {failed} checks failed", red=failed > 0, green=not failed)
