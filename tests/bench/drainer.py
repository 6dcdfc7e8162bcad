"""Drains the inbox whenever it reads a line, until nothing is left: `python -m tests.bench.drainer`."""

import sys

import django

django.setup()

# Django must be set up before its models can be imported.
from config.base.actor import Actor  # noqa: E402
from payments.services import inbox_drain  # noqa: E402

for _ in sys.stdin:
    inbox_drain.drain(by=Actor.system("bench"), budget_seconds=120)
    print("done", flush=True)
