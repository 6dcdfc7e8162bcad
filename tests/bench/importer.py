"""Imports what the account has at Stripe, as `stripe_setup` does: `python -m tests.bench.importer`."""

import django

django.setup()

# Django must be set up before its models can be imported.
from config.base.actor import Actor  # noqa: E402
from payments.services import accounts, stripe_import  # noqa: E402

for _progress in stripe_import.run(account=accounts.current(), by=Actor.system("bench")):
    pass
print("done", flush=True)
