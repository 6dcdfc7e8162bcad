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
        widths = {column: max(len(str(row[column])) for row in [*rows, {column: column}]) for column in rows[0]}
        for row in [{column: column for column in widths}, *sorted(rows, key=lambda row: list(map(str, row.values())))]:
            terminalreporter.write_line(" | ".join(str(row[column]).ljust(widths[column]) for column in widths))


def _tables(terminalreporter: pytest.TerminalReporter) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == PROPERTY and report.when == "call":
                    tables[value[0]].append(value[1])
    return tables
