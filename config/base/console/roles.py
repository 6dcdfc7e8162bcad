"""Staff's roles as groups, as settings list them."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured


def create() -> list[str]:
    """Make the groups of CONSOLE_ROLES, each with exactly its permissions; their names. Running again repairs them."""
    roles: Mapping[str, Sequence[str]] = settings.CONSOLE_ROLES
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, wanted in roles.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([known[label] for label in _labels(known, wanted)])
    return list(roles)


def _labels(known: Mapping[str, Permission], wanted: Sequence[str]) -> set[str]:
    found = {pattern: [label for label in known if fnmatch(label, pattern)] for pattern in wanted}
    if missing := [pattern for pattern, labels in found.items() if not labels]:
        raise ImproperlyConfigured(f"CONSOLE_ROLES names permissions that do not exist: {', '.join(missing)}")
    return {label for labels in found.values() for label in labels}
