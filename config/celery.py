"""The queue, and the beat table on one screen: what nobody should have to remember."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("counterfoil")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "drain the inbox": {"task": "payments.tasks.drain_inbox", "schedule": 3.0},
    "fetch missed events": {"task": "payments.tasks.fetch_missed_events", "schedule": 60.0},
    "recover stuck payments": {"task": "payments.tasks.recover_stuck_payments", "schedule": 20.0},
    "finish or undo changes": {"task": "billing.tasks.finish_quotes", "schedule": 20.0},
    "see to invoices": {"task": "billing.tasks.see_to_invoices", "schedule": 15.0},
    "pause what is parked": {"task": "billing.tasks.pause_parked", "schedule": 60.0},
    "keep taxes": {"task": "billing.tasks.keep_taxes", "schedule": 300.0},
    "issue documents": {"task": "billing.tasks.issue_documents", "schedule": 5.0},
    "send e-mails": {"task": "billing.tasks.send_notices", "schedule": 5.0},
    "tell of renewals": {"task": "billing.tasks.tell_renewals", "schedule": 900.0},
    "recognize revenue": {"task": "billing.tasks.recognize_revenue", "schedule": 3600.0},
    "reconcile in the morning": {"task": "reconciliation.tasks.reconcile", "schedule": 900.0},
    "list lines of payouts": {"task": "reconciliation.tasks.itemise_payouts", "schedule": 120.0},
    "forget old requests and runs": {"task": "payments.tasks.forget_old_requests", "schedule": 3600.0},
}
