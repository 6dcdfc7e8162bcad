"""When the daily reconciliation is due: once a day, from the legal entity's morning on."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import F, Max

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Run
from reconciliation.services import runs

MORNING = time(4)


def reconcile_due(*, by: Actor) -> int:
    """Reconcile every account that is due: how many. One that fails leaves its failed run, and is due again.

    The one that was tried last comes last, so that whatever its failure is, it holds no other back.
    """
    tried = F("tried_at").asc(nulls_first=True)
    accounts = StripeAccount.objects.annotate(tried_at=Max("reconciliation_runs__started_at")).order_by(tried, "pk")
    due = [account for account in accounts.select_related("legal_entity") if is_due(account)]
    return sum(runs.run_if_free(account=account, by=by) for account in due)


def is_due(account: StripeAccount) -> bool:
    """Whether this morning has come and nobody has read what is new since; days asked for by hand are not new."""
    finished = Run.objects.filter(account=account, status=Run.Status.FINISHED, started_at__gte=morning(account))
    return clock.now() >= morning(account) and not finished.filter(from_date=None).exists()


def morning(account: StripeAccount) -> datetime:
    """The morning of today in the legal entity's zone, also on days that are an hour longer or shorter."""
    zone = ZoneInfo(account.legal_entity.time_zone)
    return datetime.combine(clock.now().astimezone(zone).date(), MORNING, zone)
