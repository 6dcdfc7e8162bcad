from payments.models.customer import Customer, CustomerTaxId
from payments.models.dispute import Dispute
from payments.models.import_cursor import ImportCursor
from payments.models.inbox import InboxEvent, Root
from payments.models.outbound_call import OutboundCall
from payments.models.pay_link import PayLink
from payments.models.payment import Payment, PaymentAttempt
from payments.models.payment_method import PaymentMethod
from payments.models.refund import Refund
from payments.models.setup_intent import SetupIntent

__all__ = [
    "Customer",
    "CustomerTaxId",
    "Dispute",
    "ImportCursor",
    "InboxEvent",
    "OutboundCall",
    "PayLink",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "Refund",
    "Root",
    "SetupIntent",
]
