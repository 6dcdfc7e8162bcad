"""Makes payments and lines, and times the finding of all discrepancies beside a bare FULL JOIN; a JSON line each.

`python -m tests.bench.reconciliation_found 1000000`
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import django

django.setup()

# Django must be set up before its models can be imported.
from django.db import connection  # noqa: E402

from config.base.models import StripeAccount  # noqa: E402
from reconciliation.models import Discrepancy, Run, Tariff  # noqa: E402
from reconciliation.services import filing, matching, tile  # noqa: E402
from tests.bench import reconciliation_rows as rows  # noqa: E402

ROUNDS = 5


def main(count: int) -> None:
    account = rows.make(count)
    planted = rows.spoil(count)
    Tariff.objects.create(
        account=account, method="card", currency="eur", basis_points=290, fixed_minor=30, valid_from=date(2000, 1, 1)
    )
    run = Run.objects.create(account=account, by="bench")
    seconds: dict[str, list[float]] = {"join": [], "find": [], "file": [], "tile": []}
    for _ in range(ROUNDS):
        seconds["join"].append(_timed(rows.full_join))
        seconds["find"].append(_timed(lambda: matching.find(run, _held(account))))
        seconds["file"].append(_timed(lambda: filing.file(run)))
        seconds["tile"].append(_timed(lambda: tile.measure(run, _held(account))))
    found = Counter(Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).values_list("type", flat=True))
    if found != planted:
        raise SystemExit(f"planted {dict(planted)}, found {dict(found)}")
    for name, rounds in seconds.items():
        print(json.dumps([name, *rounds]), flush=True)
    print(json.dumps(["found", found.total()]), flush=True)
    print(json.dumps(["memory", _peak_megabytes()]), flush=True)


def _peak_megabytes() -> float:
    """The most that this process held; what getrusage tells begins with what the process that started it held."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _held(account: StripeAccount) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT currency, sum(net_minor)::bigint FROM reconciliation_statementline
               WHERE account_id = %s GROUP BY 1""",
            [account.pk],
        )
        return dict(cursor.fetchall())


if __name__ == "__main__":
    main(int(sys.argv[1]))
