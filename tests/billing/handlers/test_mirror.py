"""dj-stripe's tables hold billing's objects in their present shape."""

from djstripe import models as djstripe

from config.base.models import StripeAccount
from payments import mirror
from payments.models import Root
from payments.services import snapshots
from tests.billing.handlers import bodies

ALL = (
    bodies.subscription(bodies.item(), bodies.item(id="si_2")),
    bodies.invoice(bodies.line(), bodies.line(id="il_2"), status="paid"),
    bodies.price(),
    bodies.coupon(),
    bodies.promotion_code(),
    bodies.tax_rate(),
    bodies.customer(discount=bodies.discount()),
)
MODELS = (
    djstripe.Subscription,
    djstripe.SubscriptionItem,
    djstripe.Invoice,
    djstripe.LineItem,
    djstripe.Price,
    djstripe.Product,
    djstripe.Coupon,
    djstripe.PromotionCode,
    djstripe.TaxRate,
    djstripe.Customer,
)


def test_what_is_fetched_for_billing_is_mirrored(account: StripeAccount) -> None:
    djstripe.Account.objects.create(id=account.stripe_id)
    for body in ALL:
        mirror.keep({"livemode": False, **body}, account=account)

    assert [model.objects.count() for model in MODELS] == [1, 2, 1, 2, 1, 1, 1, 1, 1, 1]
    assert djstripe.Invoice.objects.get().stripe_data["status"] == "paid"
    assert djstripe.SubscriptionItem.objects.filter(subscription="sub_1").count() == 2


def test_what_has_no_table_is_no_error(account: StripeAccount) -> None:
    djstripe.Account.objects.create(id=account.stripe_id)
    root = snapshots.root_for(account=account, kind="credit_note", stripe_id="cn_1")

    mirror.sync(snapshots.applied(root, snapshots.Snapshot(-1, bodies.credit_note())))

    assert Root.objects.get().mirror_error == ""
