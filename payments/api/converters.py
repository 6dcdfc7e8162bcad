"""What an id looks like in an address."""

from django.urls.converters import StringConverter


class PublicId(StringConverter):
    """Ours or Stripe's: a prefix and letters, digits, underscores."""

    regex = "[A-Za-z0-9_]{1,64}"
