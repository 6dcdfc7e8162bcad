from tests.payments.api.conftest import shop, storefront
from tests.payments.console.conftest import login

__all__ = ["login", "shop", "storefront"]
