"""What to say and do about a payment that did not go through.

Payers never learn that a card is thought lost, stolen or misused: those codes speak like any other decline.
Source: https://docs.stripe.com/declines/codes, https://docs.stripe.com/error-codes
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Retry(StrEnum):
    """What may help: the same again at once or later, another way to pay, proving who one is; or nothing."""

    NOW = "now"
    LATER = "later"
    OTHER_METHOD = "other_method"
    AUTHENTICATE = "authenticate"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Advice:
    """`customer`: what happened and what to do, for the payer; `staff`: what Stripe or the bank said."""

    customer: Promise
    staff: Promise
    retry: Retry


@dataclass(frozen=True, slots=True)
class _Words:
    """What payers are told of a whole family of codes."""

    customer: Promise
    retry: Retry

    def because(self, staff: Promise) -> Advice:
        return Advice(self.customer, staff, self.retry)


_DECLINED = _Words(
    _("Your bank did not approve this payment. Please pay another way, or ask your bank and try again."),
    Retry.OTHER_METHOD,
)
_DECLINED_FOR_GOOD = _Words(_DECLINED.customer, Retry.NEVER)
_DECLINED_FOR_NOW = _Words(
    _("Your bank could not approve this payment now. Please try again in a few minutes, or pay another way."),
    Retry.LATER,
)
_UNPROCESSED = _Words(
    _("Something went wrong on the way to your bank. Please try again; if that fails, pay another way."),
    Retry.NOW,
)
_CHECK_NUMBER = _Words(
    _("The card number does not seem to be right. Please check it, or use another card."), Retry.OTHER_METHOD
)
_CHECK_EXPIRY = _Words(_("The expiry date does not seem to be right. Please check it and try again."), Retry.NOW)
_CHECK_CVC = _Words(
    _("The security code does not seem to be right. Please check the three or four digits and try again."),
    Retry.NOW,
)
_CHECK_ADDRESS = _Words(
    _("The billing address does not match what your bank has. Please check it and try again."), Retry.NOW
)
_CHECK_PIN = _Words(_("The PIN does not seem to be right. Please try again, or use another card."), Retry.NOW)
_EXPIRED = _Words(_("This card has expired. Please use another card."), Retry.OTHER_METHOD)
_FUNDS = _Words(
    _("There is not enough money available for this payment. Please pay another way, or try again later."),
    Retry.LATER,
)
_LIMIT = _Words(
    _("This payment goes over a limit of your card or account. Please pay another way, or ask your bank."),
    Retry.OTHER_METHOD,
)
_UNSUITED = _Words(
    _("This card or account cannot be used for this payment. Please pay another way."), Retry.OTHER_METHOD
)
_AUTHENTICATE = _Words(
    _("Your bank wants to be sure that it is you. Please try again and confirm when your bank asks."),
    Retry.AUTHENTICATE,
)
_CANCELED_BY_PAYER = _Words(
    _("The payment was not confirmed, and nothing was charged. Please try again, or pay another way."),
    Retry.NOW,
)
_ACCOUNT = _Words(
    _("This bank account cannot be charged. Please check its details, or pay another way."),
    Retry.OTHER_METHOD,
)
_DUPLICATE = _Words(
    _("The same payment was made a moment ago. Please check whether it went through before you pay again."),
    Retry.NEVER,
)
_OUR_FAULT = _Words(
    _("This payment cannot be taken as it was set up. Nothing was charged. Please ask the seller for help."),
    Retry.NEVER,
)

UNEXPLAINED = _DECLINED.because(_("Declined; the bank gave no reason."))

DECLINE_CODES: Mapping[str, Advice] = {
    "approve_with_id": _DECLINED_FOR_NOW.because(_("The bank could not authorize it; it may on a second try.")),
    "authentication_not_handled": _AUTHENTICATE.because(_("The bank asked for authentication that was not done.")),
    "authentication_required": _AUTHENTICATE.because(
        _("The bank wants the payer to authenticate: send them to the payment page.")
    ),
    "call_issuer": _DECLINED.because(_("The bank wants to be called by the cardholder.")),
    "card_not_supported": _UNSUITED.because(_("The card does not support this kind of purchase.")),
    "card_velocity_exceeded": _LIMIT.because(_("A balance, credit or transaction limit of the card is exceeded.")),
    "currency_not_supported": _UNSUITED.because(_("The card does not support this currency.")),
    "do_not_honor": UNEXPLAINED,
    "do_not_try_again": _DECLINED_FOR_GOOD.because(_("The bank asks not to try this card again.")),
    "duplicate_transaction": _DUPLICATE.because(
        _("Same amount and card a moment ago: look for a payment that went through.")
    ),
    "expired_card": _EXPIRED.because(_("The card has expired.")),
    "fraudulent": _DECLINED.because(_("Suspected of fraud. Do not tell the payer this reason.")),
    "generic_decline": _DECLINED.because(_("Declined without a reason, or blocked by Radar: see the risk level.")),
    "incorrect_address": _CHECK_ADDRESS.because(_("The billing address is incorrect.")),
    "incorrect_cvc": _CHECK_CVC.because(_("The security code is incorrect.")),
    "incorrect_number": _CHECK_NUMBER.because(_("The card number is incorrect.")),
    "incorrect_pin": _CHECK_PIN.because(_("The PIN is incorrect (card readers only).")),
    "incorrect_zip": _CHECK_ADDRESS.because(_("The postal code is incorrect.")),
    "insufficient_funds": _FUNDS.because(_("Not enough money on the card or account.")),
    "invalid_account": _UNSUITED.because(_("The card, or the account behind it, is invalid.")),
    "invalid_amount": _LIMIT.because(_("The amount is invalid or above what the bank allows.")),
    "invalid_cvc": _CHECK_CVC.because(_("The security code is incorrect.")),
    "invalid_expiry_month": _CHECK_EXPIRY.because(_("The month of expiry is invalid.")),
    "invalid_expiry_year": _CHECK_EXPIRY.because(_("The year of expiry is invalid.")),
    "invalid_number": _CHECK_NUMBER.because(_("The card number is incorrect.")),
    "invalid_pin": _CHECK_PIN.because(_("The PIN is incorrect (card readers only).")),
    "issuer_not_available": _DECLINED_FOR_NOW.because(_("The bank could not be reached.")),
    "lost_card": _DECLINED.because(_("The card is reported lost. Do not tell the payer this reason.")),
    "merchant_blacklist": _DECLINED.because(
        _("It matches a value on the block list in Radar. Do not tell the payer this reason.")
    ),
    "mobile_device_authentication_required": _AUTHENTICATE.because(
        _("The bank wants the payer to authenticate on their phone.")
    ),
    "new_account_information_available": _UNSUITED.because(_("The bank has newer details for this card or account.")),
    "no_action_taken": UNEXPLAINED,
    "not_permitted": _UNSUITED.because(_("The bank does not permit this payment.")),
    "offline_pin_required": _CHECK_PIN.because(_("The card must be inserted and its PIN entered.")),
    "online_or_offline_pin_required": _CHECK_PIN.because(_("The card's PIN must be entered.")),
    "pickup_card": _DECLINED.because(
        _("The card cannot be used; it may be reported lost or stolen. Do not tell the payer this reason.")
    ),
    "pin_try_exceeded": _UNSUITED.because(_("The PIN was wrong too often.")),
    "processing_error": _UNPROCESSED.because(_("An error while processing the card; a second try may work.")),
    "reenter_transaction": _UNPROCESSED.because(_("The bank could not process it and asks for a second try.")),
    "restricted_card": _DECLINED.because(
        _("The card cannot be used; it may be reported lost or stolen. Do not tell the payer this reason.")
    ),
    "revocation_of_all_authorizations": _DECLINED_FOR_GOOD.because(
        _("The cardholder revoked all payments to this business. Do not charge this card again.")
    ),
    "revocation_of_authorization": _DECLINED_FOR_GOOD.because(
        _("The cardholder revoked this payment. Do not charge this card again for it.")
    ),
    "security_violation": UNEXPLAINED,
    "service_not_allowed": UNEXPLAINED,
    "stolen_card": _DECLINED.because(_("The card is reported stolen. Do not tell the payer this reason.")),
    "stop_payment_order": _DECLINED_FOR_GOOD.because(_("The cardholder stopped this payment at the bank.")),
    "testmode_decline": _UNSUITED.because(_("A test card was used in live mode.")),
    "transaction_not_allowed": UNEXPLAINED,
    "try_again_later": _DECLINED_FOR_NOW.because(_("Declined without a reason; a later try may work.")),
    "withdrawal_count_limit_exceeded": _LIMIT.because(_("The balance or credit limit of the card is exceeded.")),
}

ERROR_CODES: Mapping[str, Advice] = {
    "account_closed": _ACCOUNT.because(_("The bank account is closed.")),
    "account_number_invalid": _ACCOUNT.because(_("The account number is invalid.")),
    "amount_too_large": _OUR_FAULT.because(_("The amount is above what this payment method takes.")),
    "amount_too_small": _OUR_FAULT.because(_("The amount is below what this payment method takes.")),
    "bank_account_declined": _ACCOUNT.because(_("The bank account is not verified or cannot be charged.")),
    "bank_account_restricted": _ACCOUNT.because(_("The bank account is restricted: debits are not allowed.")),
    "bank_account_unusable": _ACCOUNT.because(_("The bank account cannot be used.")),
    "bank_ownership_changed": _ACCOUNT.because(_("The account moved to another bank.")),
    "billing_policy_remote_function_timeout": _UNPROCESSED.because(_("The payment timed out at Stripe.")),
    "capture_charge_authorization_expired": _DECLINED_FOR_NOW.because(_("The authorization expired uncaptured.")),
    "card_decline_rate_limit_exceeded": _DECLINED_FOR_NOW.because(
        _("This card was declined too often; Stripe refuses it for up to 24 hours.")
    ),
    "card_declined": UNEXPLAINED,
    "charge_exceeds_source_limit": _LIMIT.because(_("Above the limit for debits of this account.")),
    "charge_exceeds_transaction_limit": _LIMIT.because(_("Above the limit for one debit.")),
    "charge_exceeds_weekly_limit": _LIMIT.because(_("Above the weekly limit for debits.")),
    "charge_expired_for_capture": _DECLINED_FOR_NOW.because(_("The authorization expired uncaptured.")),
    "debit_not_authorized": _ACCOUNT.because(
        _("The account's owner told the bank that they did not authorize the debit.")
    ),
    "expired_card": DECLINE_CODES["expired_card"],
    "generic_could_not_process": _ACCOUNT.because(_("The bank could not process the debit.")),
    "incorrect_account_holder_address": _ACCOUNT.because(_("The account holder's address is incorrect.")),
    "incorrect_account_holder_name": _ACCOUNT.because(_("The account holder's name is incorrect.")),
    "incorrect_address": DECLINE_CODES["incorrect_address"],
    "incorrect_cvc": DECLINE_CODES["incorrect_cvc"],
    "incorrect_number": DECLINE_CODES["incorrect_number"],
    "incorrect_zip": DECLINE_CODES["incorrect_zip"],
    "invalid_account_number": _ACCOUNT.because(_("The account number is invalid.")),
    "invalid_currency": _UNSUITED.because(_("The bank does not take this currency on that account.")),
    "invalid_cvc": DECLINE_CODES["invalid_cvc"],
    "invalid_expiry_month": DECLINE_CODES["invalid_expiry_month"],
    "invalid_expiry_year": DECLINE_CODES["invalid_expiry_year"],
    "invalid_number": DECLINE_CODES["invalid_number"],
    "no_account": _ACCOUNT.because(_("The bank knows no such account.")),
    "payment_intent_action_required": _AUTHENTICATE.because(_("The payer must act; nobody was there to do it.")),
    "payment_intent_authentication_failure": _AUTHENTICATE.because(_("The payer did not pass authentication.")),
    "payment_intent_incompatible_payment_method": _UNSUITED.because(_("The method does not fit this payment.")),
    "payment_intent_invalid_parameter": _OUR_FAULT.because(_("A parameter is not allowed for this payment.")),
    "payment_intent_konbini_rejected_confirmation_number": _UNSUITED.because(
        _("The confirmation number was rejected.")
    ),
    "payment_intent_mandate_invalid": _ACCOUNT.because(_("The mandate is no longer valid.")),
    "payment_intent_payment_attempt_expired": _CANCELED_BY_PAYER.because(_("The payer did not finish in time.")),
    "payment_intent_payment_attempt_failed": UNEXPLAINED,
    "payment_intent_rate_limit_exceeded": _OUR_FAULT.because(_("This payment was tried too often.")),
    "payment_method_bank_account_blocked": _ACCOUNT.because(_("Stripe blocks this bank account after failures.")),
    "payment_method_billing_details_address_missing": _CHECK_ADDRESS.because(_("The billing address is missing.")),
    "payment_method_currency_mismatch": _UNSUITED.because(_("The method does not take this currency.")),
    "payment_method_customer_decline": _CANCELED_BY_PAYER.because(_("The payer said no at their provider.")),
    "payment_method_invalid_parameter": _UNSUITED.because(_("The method's details were not accepted.")),
    "payment_method_microdeposit_failed": _ACCOUNT.because(_("The microdeposits could not be sent.")),
    "payment_method_microdeposit_verification_amounts_invalid": _ACCOUNT.because(_("The amounts are not valid.")),
    "payment_method_microdeposit_verification_amounts_mismatch": _ACCOUNT.because(_("The amounts do not match.")),
    "payment_method_microdeposit_verification_attempts_exceeded": _ACCOUNT.because(
        _("The microdeposits were verified wrongly too often.")
    ),
    "payment_method_microdeposit_verification_descriptor_code_mismatch": _ACCOUNT.because(
        _("The descriptor code does not match.")
    ),
    "payment_method_microdeposit_verification_timeout": _ACCOUNT.because(
        _("The microdeposits were not verified in time.")
    ),
    "payment_method_not_available": _DECLINED_FOR_NOW.because(_("The payment method's provider is not available.")),
    "payment_method_provider_decline": UNEXPLAINED,
    "payment_method_provider_timeout": _UNPROCESSED.because(_("The payment method's provider did not answer.")),
    "payment_method_unactivated": _OUR_FAULT.because(_("This payment method is not switched on in Stripe.")),
    "payment_method_unexpected_state": _UNSUITED.because(_("The payment method can no longer be used.")),
    "processing_error": DECLINE_CODES["processing_error"],
    "recipient_deceased": _ACCOUNT.because(_("The bank reports the account holder as deceased.")),
    "refer_to_customer": _ACCOUNT.because(_("The bank asks to settle this with its customer.")),
    "routing_number_invalid": _ACCOUNT.because(_("The routing number is invalid.")),
    "testmode_charges_only": _OUR_FAULT.because(_("The Stripe account cannot take live payments yet.")),
}


def advice(code: str, decline_code: str) -> Advice:
    """What to say and do about an error, by the more exact of its two codes; unknown ones get calm words."""
    return DECLINE_CODES.get(decline_code) or ERROR_CODES.get(code) or ERROR_CODES.get(decline_code) or UNEXPLAINED
