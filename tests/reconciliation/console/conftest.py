from tests.payments.console.conftest import boss, login, shop

__all__ = ["boss", "login", "shop"]
