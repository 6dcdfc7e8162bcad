"""Makes what a side needs before its first webhook, and prints its path: `python -m tests.bench.introduce`."""

import django
from django.conf import settings

django.setup()

# Django must be set up before its models can be imported.
from djstripe.models import Account, WebhookEndpoint  # noqa: E402

from payments.services import accounts  # noqa: E402
from tests.bench import posting  # noqa: E402

if settings.ROOT_URLCONF == "config.urls":
    accounts.current()
    print("/webhooks/stripe/", flush=True)
else:
    Account.get_or_retrieve_for_api_key(settings.STRIPE_SECRET_KEY)
    endpoint = WebhookEndpoint.objects.create(
        id="we_bench", livemode=False, secret=posting.SECRET, enabled_events=["*"], url="http://127.0.0.1/"
    )
    print(f"/stripe/webhook/{endpoint.djstripe_uuid}/", flush=True)
