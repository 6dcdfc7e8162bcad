"""How many rows there are, about: asked of the planner, which answers at once where counting would read them all."""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet


def rows(queryset: QuerySet[Any]) -> int:
    """The planner's estimate for `queryset`, exact only by chance."""
    try:
        plan = json.loads(queryset.order_by().explain(format="json"))
    except EmptyResultSet:
        return 0
    return int(plan[0]["Plan"]["Plan Rows"])


def in_words(count: int) -> str:
    """`about 1,200,000`, with two figures that mean something."""
    if count < 100:
        return f"about {count}"
    magnitude = 10 ** (len(str(count)) - 2)
    return f"about {count // magnitude * magnitude:,}"
