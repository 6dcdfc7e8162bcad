"""Tables that tests fill row by row, printed at the end of the run."""

from collections import defaultdict
from collections.abc import Callable

import pytest

PROPERTY = "table row"
Row = dict[str, object]
AddRow = Callable[[str, Row], None]


@pytest.fixture
def add_row(record_property: Callable[[str, object], None]) -> AddRow:
    """Adds a row to the table of that title."""
    return lambda title, row: record_property(PROPERTY, [title, row])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, rows in _tables(terminalreporter).items():
        terminalreporter.section(title)
        head = list(rows[0])
        cells = [head, *sorted([str(row[column]) for column in head] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for line in cells:
            terminalreporter.write_line(" | ".join(map(str.ljust, line, widths)))


def _tables(terminalreporter: pytest.TerminalReporter) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == PROPERTY and report.when == "call" and isinstance(value, list):
                    tables[value[0]].append(value[1])
    return tables
