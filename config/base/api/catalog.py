"""All codes of the API, read from the family of errors: the one list behind docs/api-errors.md and /api/problems/."""

from collections.abc import Iterator
from dataclasses import dataclass

from config.base.errors import DomainError

APPS = ("config.", "payments.", "billing.", "reconciliation.")
_HEAD = """# Errors of the API

Every error is `application/problem+json` with `type`, `title`, `status`, `detail`, `code`, `request_id` and, where
fields are at fault, `errors: [{field, code, detail}]`. A `code` never changes. This list is written by
`manage.py list_api_errors`, and a test compares the two.

| code | status | meaning |
|---|---|---|
"""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One code, as its class describes it."""

    code: str
    status: int
    title: str
    meaning: str


def described() -> list[Problem]:
    """Every problem that a caller can meet, by code."""
    ours = (kind for kind in _family(DomainError) if kind.__module__.startswith(APPS) and "code" in vars(kind))
    return sorted(map(_problem, ours))


def as_markdown() -> str:
    rows = (f"| `{problem.code}` | {problem.status} | {problem.meaning} |" for problem in described())
    return _HEAD + "\n".join(rows) + "\n"


def _family(parent: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _family(kind)


def _problem(kind: type[DomainError]) -> Problem:
    advice = getattr(kind, "default_detail", "")
    return Problem(kind.code, kind.status, kind.title, f"{kind.title}. {advice}".strip())
