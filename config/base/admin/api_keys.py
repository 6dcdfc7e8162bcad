"""Storefront keys: made, shown once, revoked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from config.base import api_keys, audit
from config.base.actor import Actor
from config.base.api.permissions import known_scopes
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome, actor
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Notice, Page
from config.base.models import ApiKey, StripeAccount, User


class RevokeView(ConfirmedView[ApiKey]):
    action = "revoke"
    permission = "base.revoke_apikey"
    title = "Revoke an API key"
    do_text = "Revoke"
    tone = Tone.BAD

    def refusal(self) -> str:
        return "The key is revoked already." if self.row.revoked_at else ""

    def state(self) -> str:
        return str(self.row.revoked_at)

    def consequences(self, data: Data) -> Sequence[object]:
        used = f"{self.row.last_used_at:%d %b %Y, %H:%M} UTC" if self.row.last_used_at else "never"
        return [
            f"{self.row} stops working at once, for good. It was last used: {used}.",
            "Whoever still uses it gets 401 from then on.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if not api_keys.revoke(key=self.row, by=by):
            return Outcome(messages.WARNING, "Somebody revoked it already.")
        return Outcome(messages.SUCCESS, "The key is revoked.")


class KeyForm(forms.Form):
    account = forms.ModelChoiceField(
        StripeAccount.objects.order_by("-livemode", "pk"),
        empty_label=None,
        widget=forms.Select(attrs={"class": "cf-input"}),
    )
    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"class": "cf-input", "autocomplete": "off"}),
        help_text="Who uses it, such as “web shop”.",
    )
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "cf-check"}),
        help_text="What it may do; as little as it needs.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choices = [(scope, f"{scope} (everything)" if scope == "*" else scope) for scope in sorted(known_scopes())]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    list_display = ("name", "state_shown", "last_four_shown", "scopes_shown", "used_shown", "created_shown")
    search_help_text = "Id or name"

    def matching(self, queryset: Any, term: str) -> Any:
        return queryset.filter(public_id=term) if term.startswith("key_") else queryset.filter(name__istartswith=term)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.has_perm("base.add_apikey")

    @method_decorator(never_cache)
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a key and show its secret, in this answer and never again."""
        if not self.has_add_permission(request):
            return self.changelist_view(request)
        form = KeyForm(request.POST or None)
        made = self._made(request, form) if request.method == "POST" and form.is_valid() else {}
        context = {
            **self.admin_site.each_context(request),
            "title": "New API key",
            "opts": self.opts,
            "form": form,
            "back_url": reverse("admin:base_apikey_changelist"),
            **made,
        }
        return TemplateResponse(request, "admin/base/new_api_key.html", context)

    def _made(self, request: HttpRequest, form: KeyForm) -> dict[str, Any]:
        key, secret = api_keys.create(**form.cleaned_data)
        audit.record(key, changes={"scopes": ["", ", ".join(key.scopes)]}, by=actor(request), reason="made")
        return {"key": key, "secret": secret}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(RevokeView.as_view(model_admin=self))
        return [path("<path:object_id>/revoke/", view, name="base_apikey_revoke"), *super().get_urls()]

    def page(self, request: HttpRequest, row: ApiKey) -> Page:
        may_revoke = isinstance(request.user, User) and request.user.has_perm("base.revoke_apikey")
        url = reverse("admin:base_apikey_revoke", args=[row.pk])
        revoked = [Notice(text=f"Revoked on {row.revoked_at:%d %b %Y, %H:%M} UTC.")] if row.revoked_at else []
        return Page(
            title=row.name,
            labels=[_state(row)],
            notices=revoked,
            buttons=[Button(text="Revoke…", tone=Tone.BAD, url=url)] if may_revoke and not row.revoked_at else [],
            main=[_facts(row)],
        )

    @admin.display(description="State")
    def state_shown(self, key: ApiKey) -> SafeString:
        return _state(key)

    @admin.display(description="Ends in")
    def last_four_shown(self, key: ApiKey) -> object:
        return display.code(f"…{key.last_four}")

    @admin.display(description="Scopes")
    def scopes_shown(self, key: ApiKey) -> str:
        return ", ".join(key.scopes[:3]) + (", …" if len(key.scopes) > 3 else "")

    @admin.display(description="Last used (UTC)")
    def used_shown(self, key: ApiKey) -> object:
        return display.when(key.last_used_at) or "never"

    @admin.display(description="Created (UTC)")
    def created_shown(self, key: ApiKey) -> object:
        return display.when(key.created_at)


def _state(key: ApiKey) -> SafeString:
    return display.label("Revoked", Tone.BAD) if key.revoked_at else display.label("Active", Tone.GOOD)


def _facts(key: ApiKey) -> Facts:
    return Facts(
        title="API key",
        rows=[
            ("Ends in", display.code(f"…{key.last_four}")),
            ("Scopes", ", ".join(key.scopes)),
            ("Account", str(key.account)),
            ("Last used", display.when(key.last_used_at) or "never"),
            ("Created", display.when(key.created_at)),
            ("Key", display.copied(key.public_id)),
        ],
    )
