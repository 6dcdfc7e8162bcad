"""How Stripe's events are understood: read from the table that settings name, filled by the wiring.

The webhook arrives at the bottom and must be understood above; this is the one place where that inversion happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from payments.failures import JsonObject


@dataclass(frozen=True, kw_only=True)
class RootRule:
    """A kind of root: where it is fetched, what is fetched with it, who applies its snapshots.

    `state`: dotted paths of handlers `(*, account, body, by, source)`. `complete`: dotted path of a function
    `(*, body, account)` that reads further pages of nested lists over the network.
    """

    path: str
    expand: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    complete: str = ""


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """An event type: its root's kind, the field of `data.object` that names the root, its moment handlers.

    `id_at` may lead into nested objects: `parent.subscription_details.subscription`. Moments are dotted paths of
    handlers `(*, event, body, account, by)`.
    """

    root: str
    id_at: str = "id"
    moments: tuple[str, ...] = ()


class RootRef(NamedTuple):
    kind: str
    stripe_id: str


def root_rule(kind: str) -> RootRule:
    return _roots()[kind]


def rule_for(event_type: str) -> EventRule | None:
    """The rule of an event type; None when nobody handles it."""
    return _events().get(event_type)


def root_of(event: JsonObject) -> RootRef | None:
    """The root that an event is about; None when nobody handles it, or when its object names no root."""
    rule = rule_for(event["type"])
    if rule is None:
        return None
    reference: Any = event["data"]["object"]
    for step in rule.id_at.split("."):
        reference = reference.get(step) if isinstance(reference, dict) else None
    stripe_id = reference.get("id") if isinstance(reference, dict) else reference
    return RootRef(rule.root, stripe_id) if stripe_id else None


def enabled_types() -> list[str]:
    """The event types to enable at Stripe, sorted."""
    return sorted(_events())


def imports() -> Mapping[str, JsonObject]:
    """The kinds of roots that an account's history is read as, in order, with what lists all of each."""
    listed: Mapping[str, JsonObject] = _table().IMPORTS
    return listed


def subject_model(subject_type: str) -> Any | None:
    """The model of what an action such as `payment.create` makes at Stripe; None where it makes no row of ours."""
    label = _table().SUBJECTS.get(subject_type)
    return apps.get_model(label) if label else None


def effect_of(action: str) -> Callable[[JsonObject, JsonObject], bool] | None:
    """Tells from the root's snapshot and the call's parameters whether an action took effect; None: by its fields."""
    dotted = _table().EFFECTS.get(action)
    return handler(dotted) if dotted else None


@lru_cache(maxsize=256)
def handler(dotted: str) -> Callable[..., Any]:
    """The handler behind a dotted path of the table."""
    found: Callable[..., Any] = import_string(dotted)
    return found


def _table() -> Any:
    return import_module(settings.STRIPE_EVENTS)


def _roots() -> Mapping[str, RootRule]:
    roots: Mapping[str, RootRule] = _table().ROOTS
    return roots


def _events() -> Mapping[str, EventRule]:
    events: Mapping[str, EventRule] = _table().EVENTS
    return events
