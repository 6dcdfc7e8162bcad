"""A customer with ten thousand invoices: their page, the list of invoices, searches."""

from collections.abc import Iterator

from tests.bench import programs
from tests.bench.figures import Figure

INVOICES = 10_000
OTHERS = 100_000
DATABASE = "bench_invoices"
SETTING = {
    "invoices": f"{INVOICES} of one customer, {OTHERS} of others, two lines each",
    "client": "Django's test client: full middleware, the whole page rendered, no network",
}
# Milliseconds: what a page of payments may take at a million rows.
CEILING = 220


def measure() -> Iterator[Figure]:
    """Milliseconds a request, medians of five."""
    told = programs.lines("tests.bench.invoices_list", str(INVOICES), str(OTHERS), database=DATABASE)
    for request, *rounds in told:
        yield Figure(
            name=f"10,000 invoices: {request}",
            unit="ms",
            rounds=[float(each) for each in rounds],
            ceiling=CEILING,
            setting=SETTING,
        )
