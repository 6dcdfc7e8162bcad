"""Holds the recorded traffic of a test run against Stripe's contract and counts it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.contract.stripe_contract import Violation, check_answer, check_error, check_object, check_request

OUR_AGENT = "Counterfoil"
# What Stripe takes although its description leaves it out.
UNDESCRIBED = re.compile(r"payment_method_data\.(card|type)|GET /v1/charges/\w+/dispute")

# Types of balance transactions that tests invent: Stripe may add one any day.
INVENTED = re.compile(r"(.*\.)?balance_transaction\.type: enum: 'future_\w+' .*", re.DOTALL)


@dataclass
class Verdict:
    """How much was checked, and each way in which it left the contract with how often it did."""

    responses: int = 0
    requests: int = 0
    webhooks: int = 0
    violations: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"contract: {self.responses} responses, {self.requests} requests, "
            f"{self.webhooks} webhooks checked, {self.violations.total()} violations"
        )


def judge(folder: Path) -> Verdict:
    """The verdict on every exchange and webhook recorded in the folder."""
    verdict = Verdict()
    for line in _lines(folder):
        if "webhook" in line:
            verdict.webhooks += 1
            _count(verdict, f"webhook {line['webhook'].get('type')}", check_object(line["webhook"]))
        else:
            _judge_exchange(line, verdict)
    return verdict


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines(keepends=True):
            # A process that was killed while writing leaves half a line at its end.
            if line.endswith("\n"):
                yield json.loads(line)


def _judge_exchange(line: dict[str, Any], verdict: Verdict) -> None:
    name = f"{line['method']} {line['path']}"
    # A connection that was cut on request carries no answer.
    if line["answer"] is not None:
        verdict.responses += 1
        _count(verdict, f"{name} answered {line['status']}", _check_response(line))
    if _must_be_clean(line):
        verdict.requests += 1
        pairs = parse_qsl(f"{line['query']}&{line['form']}", keep_blank_values=True)
        found = check_request(line["method"], line["path"], pairs)
        _count(verdict, f"{name} asked", [bad for bad in found if _is_ours(bad, line["status"])])


def _check_response(line: dict[str, Any]) -> list[Violation]:
    if line["status"] >= 400:
        return check_error(line["answer"])
    found = check_answer(line["method"], line["path"], line["answer"])
    # A publishable key sees fewer fields than the package describes.
    return [violation for violation in found if not (line["publishable"] and violation.kind == "missing")]


def _must_be_clean(line: dict[str, Any]) -> bool:
    """Counterfoil's always; others when served, since tests of the sandbox send bad ones on purpose.

    What Stripe.js sends is its own affair: no SDK describes it.
    """
    return not line["publishable"] and (OUR_AGENT in line["user_agent"] or line["status"] < 400)


def _is_ours(violation: Violation, status: int) -> bool:
    """A word that Stripe refused came from whoever asked us; the shape of a request is always ours."""
    return not UNDESCRIBED.fullmatch(violation.path) and not (violation.kind == "enum" and status >= 400)


def _count(verdict: Verdict, what: str, violations: list[Violation]) -> None:
    for violation in violations:
        if not INVENTED.fullmatch(str(violation)):
            verdict.violations[f"{what}: {violation}"] += 1
