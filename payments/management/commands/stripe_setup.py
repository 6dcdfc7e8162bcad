"""Create our webhook endpoint at Stripe, say what to switch off there, import the account's objects.

Run it again whenever the version or the event table changed, or when the import was interrupted.
"""

from argparse import BooleanOptionalAction
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import mirror
from payments.failures import StripeFailure
from payments.services import accounts, stripe_import, webhook_endpoints

ACTOR = Actor.system("stripe_setup")
SHOWN_EVERY = 100
SWITCH_OFF = """\
In Stripe's dashboard, so that customers hear one voice and cards are tried by one hand:
  Settings > Business > Customer emails: switch off successful payments; refunds too if your shop writes them.
  Settings > Billing > Subscriptions and emails: switch off every e-mail to customers (trials, renewals, failed
    payments, cards that expire, payments to confirm).
  Settings > Billing > Invoices: switch off e-mails of finalized invoices and credit notes, and reminders.
  This system sends invoices, receipts, credit notes, failed payments, payments to confirm, ends of trials, renewals.
  Settings > Billing > Revenue recovery: switch off retries as soon as this system retries failed payments itself."""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="", help="where Stripe posts its events; SITE_URL/webhooks/stripe/")
        parser.add_argument("--import", action=BooleanOptionalAction, default=True, help="the account's objects")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            account = accounts.current()
            self.stdout.write(f"Account {account}")
            self._endpoint(account, options["url"] or webhook_endpoints.our_url())
            self.stdout.write(SWITCH_OFF)
            if options["import"]:
                self._import(account)
        except StripeFailure as failure:
            raise CommandError(f"{failure.title}: {failure.staff} Run this command again.") from failure

    def _endpoint(self, account: StripeAccount, url: str) -> None:
        done = webhook_endpoints.ensure(account=account, url=url, by=ACTOR)
        verb = "made" if done.was_made else "brought up to date" if done.was_changed else "right as it is"
        self.stdout.write(f"Webhook endpoint {done.stripe_id} at {url}: {verb}.")
        for stripe_id in done.disabled:
            self.stdout.write(f"Webhook endpoint {stripe_id}: disabled, another one took its place.")
        if done.secret:
            self.stdout.write("Put its secret into STRIPE_WEBHOOK_SECRET now; it is shown this once:")
            self.stdout.write(done.secret)
        else:
            self.stdout.write(
                "Its secret is not shown again: Stripe's dashboard reveals it, manage.py doctor proves it."
            )
        for body in webhook_endpoints.at(url, account=account):
            mirror.keep(body, account=account)

    def _import(self, account: StripeAccount) -> None:
        shown = 0
        for progress in stripe_import.run(account=account, by=ACTOR):
            if progress.is_done or progress.read >= shown + SHOWN_EVERY:
                self.stdout.write(f"  {progress.kind}: {progress.read} {'imported.' if progress.is_done else '…'}")
                shown = 0 if progress.is_done else progress.read
