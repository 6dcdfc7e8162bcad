"""Sends what is due in a process that may be killed on its way: `python -m tests.billing.notices.sender`."""

import django

django.setup()

# Django must be set up before its models can be imported.
from billing.services import notice_sending  # noqa: E402
from config.base.actor import Actor  # noqa: E402

if __name__ == "__main__":
    notice_sending.send_due(by=Actor.system("sender"))
