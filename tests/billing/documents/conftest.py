"""Staff at the console."""

from tests.payments.console.conftest import boss, login

__all__ = ["boss", "login"]
