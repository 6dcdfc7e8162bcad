from config.base.models.account import LegalEntity, StripeAccount
from config.base.models.api_key import ApiKey
from config.base.models.confirmed_action import ConfirmedAction
from config.base.models.domain_event import DomainEvent
from config.base.models.idempotency import IdempotentRequest
from config.base.models.job_run import JobRun
from config.base.models.user import User

__all__ = [
    "ApiKey",
    "ConfirmedAction",
    "DomainEvent",
    "IdempotentRequest",
    "JobRun",
    "LegalEntity",
    "StripeAccount",
    "User",
]
