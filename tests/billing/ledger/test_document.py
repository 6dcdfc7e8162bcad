"""`docs/ledger.md` tells the truth: every test that it names is there, and every kind of entry that the code posts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_NAMED = re.compile(r"`(test_\w+): (test_\w+)`")
_FOLDERS = ("tests/billing/ledger", *(f"tests/reconciliation/{name}" for name in ("posting", "actions", "console")))


def named() -> list[tuple[str, str]]:
    return _NAMED.findall((ROOT / "docs/ledger.md").read_text())


@pytest.mark.parametrize(("file", "test"), named())
def test_every_row_has_its_test(file: str, test: str) -> None:
    places = [ROOT / folder / f"{file}.py" for folder in _FOLDERS]
    texts = [place.read_text() for place in places if place.exists()]

    assert any(f"def {test}(" in text for text in texts)


def test_no_row_is_without_a_test() -> None:
    rows = [
        line
        for line in (ROOT / "docs/ledger.md").read_text().splitlines()
        if re.match(r"\|.*`(pi|re|du|in|cn|inv|txn|po)_…`", line)
    ]

    assert len(rows) > 30
    assert [row for row in rows if not _NAMED.search(row)] == []


def posted() -> Iterator[str]:
    """The words by which the services of the books name their entries."""
    services = ROOT / "billing/services/ledger"
    for path in [*services.glob("*.py"), ROOT / "reconciliation/services/payout_postings.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name == "_word":
                yield from (word for returned in ast.walk(node) for word in words(returned, ast.Return))
            yield from words(node, ast.keyword)


def words(node: ast.AST, kind: type[ast.keyword | ast.Return]) -> Iterator[str]:
    if not isinstance(node, kind) or (isinstance(node, ast.keyword) and node.arg not in {"kind", "word"}):
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value.strip(":").partition(":")[0]


def test_every_kind_of_entry_is_in_a_table() -> None:
    rows = "\n".join(line for line in (ROOT / "docs/ledger.md").read_text().splitlines() if line.startswith("|"))
    known = set(posted())

    assert {"received", "refunded", "withdrawn", "issued", "written_off", "recognized", "opening", "paid"} <= known
    assert {word for word in known if not re.search(rf"`([\w:]+:)?{word}[`:]", rows)} == set()
