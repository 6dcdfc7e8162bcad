from billing.models.billing_profile import BillingProfile
from billing.models.coupon import Coupon, PromotionCode
from billing.models.credit_note import CreditNote, CreditNoteLine
from billing.models.discount import Discount, DraftDiscount
from billing.models.document import Document, Letterhead
from billing.models.invoice import DraftLine, Invoice, InvoiceLine, InvoicePayment, InvoiceTax
from billing.models.ledger import Entry, LedgerAccount, Posting
from billing.models.notice import Notice
from billing.models.number_series import IssuedNumber, NumberSeries
from billing.models.price import Price, PriceCurrency
from billing.models.product import Product
from billing.models.quote import Quote
from billing.models.stripe_row import CatalogStatus
from billing.models.subscription import Subscription, SubscriptionItem, SubscriptionSchedule
from billing.models.tax_rate import TaxRate, TaxRule

__all__ = [
    "BillingProfile",
    "CatalogStatus",
    "Coupon",
    "CreditNote",
    "CreditNoteLine",
    "Discount",
    "Document",
    "DraftDiscount",
    "DraftLine",
    "Entry",
    "Invoice",
    "InvoiceLine",
    "InvoicePayment",
    "InvoiceTax",
    "IssuedNumber",
    "LedgerAccount",
    "Letterhead",
    "Notice",
    "NumberSeries",
    "Posting",
    "Price",
    "PriceCurrency",
    "Product",
    "PromotionCode",
    "Quote",
    "Subscription",
    "SubscriptionItem",
    "SubscriptionSchedule",
    "TaxRate",
    "TaxRule",
]
