"""The console's menu, in the order in which support and finance think."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _item(title: str, icon: str, model: str, **more: Any) -> dict[str, Any]:
    app, _, name = model.partition(".")
    permission = f"{app}.view_{name}"

    def may_see(request: HttpRequest) -> bool:
        return bool(getattr(request.user, "has_perm")(permission))  # noqa: B009

    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_see, **more}


def _group(title: str, *items: dict[str, Any], is_folded: bool = False) -> dict[str, Any]:
    return {"title": title, "separator": False, "collapsible": is_folded, "items": list(items)}


def _badge(path: str) -> dict[str, str]:
    return {"badge": path}


MENU = [
    _group("", {"title": "Start", "icon": "home", "link": reverse_lazy("admin:index")}),
    _group(
        "Payments",
        _item("Payments", "payments", "payments.payment"),
        _item("Refunds", "undo", "payments.refund"),
        _item("Disputes", "gavel", "payments.dispute"),
        _item("Pay links", "link", "payments.paylink"),
    ),
    _group(
        "Customers",
        _item("Customers", "group", "payments.customer"),
        _item("Payment methods", "credit_card", "payments.paymentmethod"),
        _item("Setup intents", "bookmark_add", "payments.setupintent"),
    ),
    _group(
        "Billing",
        _item("Subscriptions", "autorenew", "billing.subscription"),
        _item("Invoices", "receipt_long", "billing.invoice"),
        _item("Credit notes", "assignment_return", "billing.creditnote"),
        _item("Documents", "picture_as_pdf", "billing.document"),
        _item("E-mails", "mail", "billing.notice"),
    ),
    _group(
        "Catalog",
        _item("Products", "inventory_2", "billing.product"),
        _item("Prices", "sell", "billing.price"),
        _item("Coupons", "percent", "billing.coupon"),
        _item("Promotion codes", "redeem", "billing.promotioncode"),
    ),
    _group(
        "Reconciliation",
        _item(
            "Discrepancies",
            "compare_arrows",
            "reconciliation.discrepancy",
            **_badge("reconciliation.admin.discrepancies.badge"),
        ),
        _item("Payouts", "account_balance", "reconciliation.payout"),
        _item("Statement lines", "list_alt", "reconciliation.statementline"),
        _item("Runs", "published_with_changes", "reconciliation.run"),
        _item("Match rules", "rule", "reconciliation.matchrule"),
        _item("Tariffs", "percent", "reconciliation.tariff"),
    ),
    _group(
        "Books",
        _item("Ledger accounts", "account_balance_wallet", "billing.ledgeraccount"),
        _item("Entries", "menu_book", "billing.entry"),
    ),
    _group(
        "Stripe",
        _item("Inbox", "inbox", "payments.inboxevent", **_badge("payments.admin.home.parked_badge")),
        _item("Calls to Stripe", "outbox", "payments.outboundcall", **_badge("payments.admin.home.in_doubt_badge")),
        _item("Snapshots", "photo_library", "payments.root"),
    ),
    _group(
        "History",
        _item("Audit", "fact_check", "auditlog.logentry"),
        _item("Domain events", "timeline", "base.domainevent"),
        _item("Job runs", "schedule", "base.jobrun"),
    ),
    _group(
        "Settings",
        _item("API keys", "key", "base.apikey"),
        _item("Staff", "badge", "base.user"),
        _item("Roles", "shield_person", "auth.group"),
        _item("Legal entity", "apartment", "base.legalentity"),
        _item("Letterhead", "article", "billing.letterhead"),
        _item("Stripe accounts", "account_balance", "base.stripeaccount"),
        _item("Taxes", "percent", "billing.taxrule"),
        _item("Number series", "format_list_numbered", "billing.numberseries"),
        {
            "title": "dj-stripe's mirror",
            "icon": "database",
            "link": reverse_lazy("admin:app_list", args=["djstripe"]),
            "permission": lambda request: request.user.has_module_perms("djstripe"),
        },
        is_folded=True,
    ),
]
