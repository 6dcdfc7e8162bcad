from tests.payments.api.conftest import shop, storefront
from tests.payments.console.conftest import boss, login

__all__ = ["boss", "login", "shop", "storefront"]
