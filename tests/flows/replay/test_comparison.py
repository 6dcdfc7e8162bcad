"""The comparison itself: it leaves no column out unsaid, and sees each one that was corrupted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models, transaction

from config.base.models import StripeAccount
from tests.flows.replay.comparison import differences, differences_of
from tests.flows.replay.fields import KINDS, METHODS, Kind, Table
from tests.flows.replay.orders import deliver
from tests.flows.replay.worlds import World


def tables() -> Iterator[tuple[Kind, Table]]:
    for kind in (*KINDS, METHODS):
        yield kind, kind.table
        for part in kind.parts:
            yield kind, part.table


@pytest.mark.parametrize("table", [table for _, table in tables()], ids=lambda table: table.model.__name__)
def test_every_column_is_compared_or_left_out_with_its_reason(table: Table) -> None:
    compared = {column.partition("__")[0] for column in [*table.columns, table.key] if column}
    all_columns = {field.name for field in table.model._meta.concrete_fields}

    assert compared | set(table.left_out) == all_columns
    assert not compared & set(table.left_out)
    assert all(table.left_out.values())


def test_each_column_that_is_corrupted_is_seen(corners: World, fresh_corners: StripeAccount) -> None:
    deliver(corners, fresh_corners, seed=0)
    unseen = []
    for kind, table in tables():
        for column in table.columns:
            with transaction.atomic():
                corrupt(table, column)
                if not differences_of(corners, kind):
                    unseen.append(f"{table.model.__name__}.{column}")
                transaction.set_rollback(True)

    assert unseen == []
    assert differences(corners) == []


def test_a_row_on_one_side_only_is_seen(corners: World, fresh_corners: StripeAccount) -> None:
    deliver(corners, fresh_corners, seed=0)
    for _, table in tables():
        row = table.model._default_manager.filter(table.standing).latest("pk")
        with transaction.atomic():
            _without_triggers()
            table.model._default_manager.filter(pk=row.pk)._raw_delete("default")
            assert differences(corners), table.model.__name__
            transaction.set_rollback(True)


def corrupt(table: Table, column: str) -> None:
    """Change one column of one row, behind the back of constraints that watch over other tables."""
    field = table.model._meta.get_field(column.partition("__")[0])
    assert isinstance(field, models.Field)
    row = table.model._default_manager.filter(table.standing).latest("pk")
    _without_triggers()
    wrong = _otherwise(field, getattr(row, field.attname))
    table.model._default_manager.filter(pk=row.pk).update(**{field.attname: wrong})


def _without_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")


def _otherwise(field: Any, value: Any) -> Any:
    match field:
        case models.ForeignKey():
            others = field.related_model._default_manager.exclude(pk=value).values_list("pk", flat=True)
            return others.first()
        case models.BooleanField():
            return not value
        case models.DateTimeField():
            return (value or datetime(2026, 1, 1, tzinfo=UTC)) + timedelta(seconds=1)
        case models.DecimalField():
            return (value or Decimal(0)) + 1
        case models.IntegerField():
            return (value or 0) + 1
        case models.JSONField():
            return {"corrupted": True}
    return "zz" if value != "zz" else "yy"
