"""A company whose mornings are lived by processes that die: `python -m tests.flows.reconciled_year.mortal ACCOUNT`.

Reads a number a line: after how many statements of its run the process of this morning is killed; 0 lets it live.
Answers each with what became of it: `lived N` (the statements of the run) or `died`.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

# Django must be set up before its models can be imported.
from django.db import connection  # noqa: E402

from config.base.models import StripeAccount  # noqa: E402
from tests.flows.reconciled_year.follower import Follower, open_books  # noqa: E402


class Mortality:
    """Counts the statements of a connection and kills its process after the last one it may live to see."""

    def __init__(self, last: int) -> None:
        self.last, self.seen = last, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def live(stripe_id: str, last: int) -> None:
    """One morning: what Stripe told is handled, then reconciled for as long as the process lives."""
    follower = Follower(StripeAccount.objects.get(stripe_id=stripe_id))
    follower.hear()
    mortality = Mortality(last)
    with connection.execute_wrapper(mortality):
        follower.resume()
    tell(f"lived {mortality.seen}")


def in_a_child(work: Callable[..., object], *arguments: object) -> int:
    """Do it in a process of its own: its exit status, below zero when a signal ended it; what it raises is shown."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    work(*arguments)
    os._exit(0)


def main(stripe_id: str) -> None:
    in_a_child(open_books, stripe_id)
    for order in sys.stdin:
        status = in_a_child(live, stripe_id, int(order))
        if status:
            tell("died" if status == -signal.SIGKILL else "failed")


def tell(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
