"""The proof at scale: every discrepancy among a million payments and a million lines, beside a bare FULL JOIN."""

from collections.abc import Iterator

from tests.bench import programs
from tests.bench.figures import Figure

COUNT = 1_000_000
DATABASE = "bench_reconciliation"
# Times the bare FULL JOIN on the same rows, and megabytes of our process.
TIMES, MEMORY = 2.0, 300.0


def measure() -> Iterator[Figure]:
    """Medians of three; what was planted is checked, type by type."""
    told = {name: rounds for name, *rounds in programs.lines(
        "tests.bench.reconciliation_found", str(COUNT), database=DATABASE
    )}  # fmt: skip
    seconds = {name: [float(each) for each in told[name]] for name in ("join", "find", "file")}
    setting = {
        "rows": f"{COUNT:,} payments, as many lines, one currency, cards with a tariff; the books are empty",
        "planted": f"{int(told['found'][0]):,} of eight types, all found and nothing else",
        "PostgreSQL": "as the local cluster is set up; every round after the other's, tables vacuumed",
        "bare FULL JOIN": f"{sorted(seconds['join'])[1]:.2f} s",
        "all families found": f"{sorted(seconds['find'])[1]:.2f} s",
        "filed": f"{sorted(seconds['file'])[1]:.2f} s",
    }
    yield Figure(
        name="all discrepancies, against the bare FULL JOIN",
        unit="times",
        rounds=[find / join for find, join in zip(seconds["find"], seconds["join"], strict=True)],
        ceiling=TIMES,
        setting=setting,
    )
    yield Figure(
        name="memory of the process that finds and files them",
        unit="MB",
        rounds=[float(each) for each in told["memory"]],
        ceiling=MEMORY,
    )
