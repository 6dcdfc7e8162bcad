"""The one account of this sandbox."""

from .json_types import Json
from .world import World

_NO_REQUIREMENTS: Json = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}


def _business_profile() -> Json:
    names = ("mcc", "product_description", "support_address", "support_email", "support_phone", "support_url", "url")
    return {
        **dict.fromkeys(names),
        "annual_revenue": None,
        "estimated_worker_count": None,
        "minority_owned_business_designation": None,
        "name": "Ada Papers",
    }


def _settings() -> Json:
    statement = (
        "statement_descriptor",
        "statement_descriptor_kana",
        "statement_descriptor_kanji",
        "statement_descriptor_prefix_kana",
        "statement_descriptor_prefix_kanji",
    )
    prefixes = ("statement_descriptor_prefix", "statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            **dict.fromkeys(prefixes),
        },
        "dashboard": {"display_name": "Ada Papers", "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": {**dict.fromkeys(statement), "statement_descriptor": "SANDBOX"},
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "manual"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }


def of(world: World) -> Json:
    """The account; made when first asked for."""
    known = world.store.find("account", world.account_id)
    if known is not None:
        return known
    capabilities = (
        "bacs_debit_payments",
        "card_payments",
        "link_payments",
        "sepa_debit_payments",
        "transfers",
        "us_bank_account_ach_payments",
    )
    row: Json = {
        "id": world.account_id,
        "object": "account",
        "business_profile": _business_profile(),
        "business_type": "company",
        "capabilities": dict.fromkeys(capabilities, "active"),
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": world.config.country,
        "created": world.clock.now(),
        "default_currency": world.config.currency,
        "details_submitted": True,
        "email": "sandbox@example.com",
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{world.account_id}/external_accounts",
        },
        "future_requirements": dict(_NO_REQUIREMENTS),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": dict(_NO_REQUIREMENTS),
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }
    world.save(row)
    return row
