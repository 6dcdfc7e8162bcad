"""The event table with one moment that cannot be told."""

from dataclasses import replace

from config import stripe_events

ROOTS = stripe_events.ROOTS
EVENTS = stripe_events.EVENTS | {
    "charge.succeeded": replace(
        stripe_events.EVENTS["charge.succeeded"], moments=("tests.payments.inbox.failing_table.fail",)
    )
}


def fail(**_: object) -> None:
    raise ValueError("this moment cannot be told")
