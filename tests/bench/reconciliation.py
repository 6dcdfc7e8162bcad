"""The proof at scale: every discrepancy among a million payments and a million lines, beside a bare FULL JOIN;
postings a second, and the balance of a customer with a hundred thousand of them.
"""

from collections.abc import Iterator
from statistics import median

from tests.bench import programs
from tests.bench.figures import Figure

COUNT = 1_000_000
DATABASE = "bench_reconciliation"
# Times the bare FULL JOIN on the same rows, and megabytes of our process.
TIMES, MEMORY = 2.0, 300.0
ENTRIES, POSTINGS = 2000, 100_000
# Postings a second of one process, and milliseconds for a balance.
RATE, BALANCE = 1000.0, 100.0


def measure() -> Iterator[Figure]:
    yield from _books()
    yield from _found()


def _books() -> Iterator[Figure]:
    told = _told("tests.bench.reconciliation_books", ENTRIES, POSTINGS)
    yield Figure(
        name="postings a second",
        unit="1/s",
        rounds=told["posted"],
        floor=RATE,
        setting={"entries": f"{ENTRIES} a round of three postings, each its own transaction, one process, triggers on"},
    )
    yield Figure(
        name=f"balance of a customer with {POSTINGS:,} postings",
        unit="ms",
        rounds=told["balance"],
        ceiling=BALANCE,
        setting={"postings": f"{POSTINGS:,} of the customer among as many of another, table vacuumed"},
    )


def _found() -> Iterator[Figure]:
    """What was planted is checked, type by type."""
    told = _told("tests.bench.reconciliation_found", COUNT)
    seconds = {name: f"{median(told[name]):.2f} s" for name in ("join", "find", "file", "tile")}
    yield Figure(
        name="all discrepancies, against the bare FULL JOIN",
        unit="times",
        rounds=[find / join for find, join in zip(told["find"], told["join"], strict=True)],
        ceiling=TIMES,
        setting={
            "rows": f"{COUNT:,} payments, as many lines, one currency, cards with a tariff; nothing in the books",
            "planted": f"{int(told['found'][0]):,} of eight types: all are found, and nothing else",
            "PostgreSQL": "settings of the local cluster; the two take turns, tables vacuumed",
            "bare FULL JOIN": f"{seconds['join']}: both sides of what differs in status, amount or currency",
            "all families": f"{seconds['find']}; to file them {seconds['file']}, to measure the tile {seconds['tile']}",
        },
    )
    yield Figure(name="memory of the process that finds them", unit="MB", rounds=told["memory"], ceiling=MEMORY)


def _told(module: str, *counts: int) -> dict[str, list[float]]:
    printed = programs.lines(module, *map(str, counts), database=DATABASE)
    return {str(name): [float(each) for each in rounds] for name, *rounds in printed}
