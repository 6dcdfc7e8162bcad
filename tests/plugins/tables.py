"""Tables that tests fill cell by cell, printed at the end of the run."""

import json
import os
from collections import defaultdict
from pathlib import Path
from tempfile import mkdtemp

import pytest

FOLDER = "TEST_TABLES"
os.environ.setdefault(FOLDER, mkdtemp(prefix="test-tables-"))


class Tables:
    """Rows by title; several workers may add at once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / f"{os.getpid()}.jsonl"

    def add(self, title: str, row: dict[str, object]) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps([title, row]) + "\n")


@pytest.fixture(scope="session")
def tables() -> Tables:
    return Tables(Path(os.environ[FOLDER]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for file in sorted(Path(os.environ[FOLDER]).glob("*.jsonl")):
        for line in file.read_text().splitlines():
            title, row = json.loads(line)
            found[title].append(row)
        file.unlink()
    for title, rows in found.items():
        terminalreporter.section(title)
        columns = list(rows[0])
        widths = {c: max(len(c), *(len(str(row[c])) for row in rows)) for c in columns}
        for row in [
            dict(zip(columns, columns, strict=True)),
            *sorted(rows, key=lambda row: [str(v) for v in row.values()]),
        ]:
            terminalreporter.write_line(" | ".join(str(row[c]).ljust(widths[c]) for c in columns))
