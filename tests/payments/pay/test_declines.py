"""Every code has words; none of the words gives a thief a hint."""

import re

import pytest

from payments import declines
from payments.declines import Retry

# The table of https://docs.stripe.com/declines/codes, as of September 2026.
STRIPES_TABLE = """
    approve_with_id authentication_not_handled authentication_required call_issuer card_not_supported
    card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again duplicate_transaction expired_card
    fraudulent generic_decline incorrect_address incorrect_cvc incorrect_number incorrect_pin incorrect_zip
    insufficient_funds invalid_account invalid_amount invalid_cvc invalid_expiry_month invalid_expiry_year
    invalid_number invalid_pin issuer_not_available lost_card merchant_blacklist
    mobile_device_authentication_required new_account_information_available no_action_taken not_permitted
    offline_pin_required online_or_offline_pin_required pickup_card pin_try_exceeded processing_error
    reenter_transaction restricted_card revocation_of_all_authorizations revocation_of_authorization
    security_violation service_not_allowed stolen_card stop_payment_order testmode_decline
    transaction_not_allowed try_again_later withdrawal_count_limit_exceeded
"""
SECRET = ["fraudulent", "lost_card", "stolen_card", "pickup_card", "restricted_card", "merchant_blacklist"]
EVERY_ADVICE = {**declines.ERROR_CODES, **declines.DECLINE_CODES}


def test_every_decline_code_of_stripe_has_its_advice():
    assert sorted(declines.DECLINE_CODES) == sorted(STRIPES_TABLE.split())


@pytest.mark.parametrize("code", SECRET)
def test_a_secret_reason_sounds_like_any_other_decline(code):
    told = declines.advice("card_declined", code)

    assert str(told.customer) == str(declines.advice("card_declined", "generic_decline").customer)
    assert str(told.staff) != str(told.customer)


@pytest.mark.parametrize("code", EVERY_ADVICE)
def test_payers_are_told_what_to_do_and_nothing_to_fear(code):
    words = str(EVERY_ADVICE[code].customer)

    assert re.search(r"\bplease\b", words, re.IGNORECASE)
    assert not re.search(r"fraud|lost|stolen|risk|block|radar|stripe|suspect|deceased|declined", words, re.IGNORECASE)
    assert code not in words


@pytest.mark.parametrize(
    ("code", "decline_code", "retry"),
    [
        ("card_declined", "insufficient_funds", Retry.LATER),
        ("expired_card", "expired_card", Retry.OTHER_METHOD),
        ("processing_error", "", Retry.NOW),
        ("payment_intent_authentication_failure", "", Retry.AUTHENTICATE),
        ("card_declined", "revocation_of_authorization", Retry.NEVER),
        ("incorrect_cvc", "a_code_of_next_year", Retry.NOW),
        ("card_declined", "a_code_of_next_year", Retry.OTHER_METHOD),
        ("", "", Retry.OTHER_METHOD),
    ],
)
def test_the_more_exact_code_decides_what_may_help(code, decline_code, retry):
    assert declines.advice(code, decline_code).retry is retry
