from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.base import api_keys
from config.base.api.permissions import known_scopes
from config.base.models import StripeAccount


class Command(BaseCommand):
    help = "Makes a storefront key and prints it once, alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="whose key it is, for people to read")
        parser.add_argument("--scopes", required=True, help="payments:read,payments:write or *")
        parser.add_argument("--account", help="acct_…, when there are several")

    def handle(self, *args: Any, name: str, scopes: str, account: str | None, **options: Any) -> None:
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        if not wanted or (unknown := sorted(set(wanted) - known_scopes())):
            known = ", ".join(sorted(known_scopes()))
            raise CommandError(f"unknown scopes: {', '.join(unknown) if wanted else 'none given'}. Known: {known}")
        key, secret = api_keys.create(account=self._account(account), name=name, scopes=wanted)
        self.stderr.write(f"{key.public_id} for {key.account} may: {', '.join(key.scopes)}. Shown this once:")
        self.stdout.write(secret)

    def _account(self, stripe_id: str | None) -> StripeAccount:
        accounts = StripeAccount.objects.filter(livemode=settings.STRIPE_LIVE_MODE)
        try:
            return accounts.get(**({"stripe_id": stripe_id} if stripe_id else {}))
        except StripeAccount.DoesNotExist:
            raise CommandError("There is no such Stripe account yet: run manage.py stripe_setup first.") from None
        except StripeAccount.MultipleObjectsReturned:
            raise CommandError("There are several Stripe accounts: name one with --account.") from None
