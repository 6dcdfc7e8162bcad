"""Our side of the year: each morning Stripe's events are handled, then what moved is reconciled."""

import json
import time
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max

from config.base import clock
from config.base.actor import Actor
from config.base.models import LegalEntity, StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.models import InboxEvent
from payments.services import inbox, inbox_drain, inbox_entries
from reconciliation.models import Run
from reconciliation.services import runs

BY = Actor.system("year")
OVERLAP = timedelta(minutes=1)


def open_books(stripe_id: str) -> StripeAccount:
    """The legal entity, in a zone whose days are not those of UTC, and its account."""
    entity = LegalEntity.objects.create(name="Ada Papers GmbH", country="DE", time_zone="Europe/Berlin", currency="eur")
    return StripeAccount.objects.create(
        legal_entity=entity, stripe_id=stripe_id, livemode=False, country="DE", default_currency="eur"
    )


@dataclass
class Follower:
    """A company that follows its Stripe account day by day."""

    account: StripeAccount

    def hear(self) -> None:
        """Store what Stripe tells since the last time, as its webhooks would, and handle it."""
        clock.follow()
        source, told = InboxEvent.Source.WEBHOOK, self._told()
        with transaction.atomic():
            inbox.store(inbox_entries.read(json.dumps(event).encode(), source=source) for event in reversed(told))
        while any(inbox_drain.drain(by=BY).values()):
            pass

    def reconcile(self, **days: date) -> Run:
        """The daily run, or that of those days."""
        return runs.run(account=self.account, by=BY, **days)

    def resume(self) -> Run:
        """The same after its process died: the database may need a moment to notice."""
        for _ in range(100):
            try:
                return self.reconcile()
            except runs.RunInProgress:
                time.sleep(0.05)
        return self.reconcile()

    def _told(self) -> list[JsonObject]:
        newest = InboxEvent.objects.aggregate(newest=Max("stripe_created_at"))["newest"]
        since = {"created": {"gte": int((newest - OVERLAP).timestamp())}} if newest else {}
        return list(gateway.each("/v1/events", since, account=self.account.stripe_id))
