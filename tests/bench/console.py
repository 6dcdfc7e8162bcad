"""The console's payment list at a million payments, beside Django's default admin on the same rows."""

from collections.abc import Iterator

from tests.bench import programs
from tests.bench.figures import Figure

PAYMENTS = 1_000_000
DATABASE = "bench_console"
SETTING = {
    "payments": PAYMENTS,
    "client": "Django's test client: full middleware, the whole page rendered, no network",
    "console": "25 rows a page, sums by currency where the list is small",
    "default": "a ModelAdmin as one writes it first: 100 rows a page, exact counts, search_fields over ids and e-mail",
}
# Milliseconds. A default admin takes 440 for a page and 3,000 for a search.
CEILINGS = {
    "page": 220,
    "a page in the middle": 220,
    "search by id": 150,
    "search by e-mail": 150,
    "search by amount": 220,
}


def measure() -> Iterator[Figure]:
    """Milliseconds a request, medians of five; the default admin's beside, without a ceiling."""
    for side, request, *rounds in programs.lines("tests.bench.console_list", str(PAYMENTS), database=DATABASE):
        ceiling = CEILINGS[str(request)] if side == "console" else None
        yield Figure(
            name=f"{side}: {request}",
            unit="ms",
            rounds=[float(each) for each in rounds],
            ceiling=ceiling,
            setting=SETTING,
        )
