"""Invoice PDFs a second, by one process: read from the database, set, and stored."""

from collections.abc import Iterator

from tests.bench import programs
from tests.bench.figures import Figure

INVOICES = 150
DATABASE = "bench_documents"
# What a renewal night of 10,000 needs, to have its documents within ten minutes of one core.
FLOOR = 17
SETTING = {
    "rounds": f"three, of {INVOICES} invoices of 3 lines, 18 of 25, 2 of 1,000",
    "process": "one, as a worker does it, with taxes, a logo, and terms",
}
LINES = (3, 25, 1000)


def measure() -> Iterator[Figure]:
    """Invoices of three and of 25 lines a second; seconds of one of a thousand lines."""
    for lines, *rounds in programs.lines("tests.bench.documents_made", str(INVOICES), database=DATABASE):
        per_second = [float(each) for each in rounds]
        if int(lines) == LINES[-1]:
            seconds = [1 / each for each in per_second]
            yield Figure(name="an invoice PDF of 1,000 lines", unit="s", rounds=seconds, ceiling=5, setting=SETTING)
        else:
            yield Figure(
                name=f"invoice PDFs of {lines} lines",
                unit="documents/s",
                rounds=per_second,
                floor=FLOOR if int(lines) == LINES[0] else None,
                setting=SETTING,
            )
