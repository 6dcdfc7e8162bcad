"""The rules by which differences pass, and lines and payments are booked, without anybody looking."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from config.base.actor import Actor
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.keyset import KeysetChangeList
from config.base.console.making import MakingAdmin
from config.base.console.pages import Button, Facts, Notice, Page, Timeline
from config.base.models import User
from payments.admin import timeline
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin import words
from reconciliation.admin.policy_change import ChangeRule, RestRule, effect, passing, policy_id
from reconciliation.admin.policy_forms import RuleForm
from reconciliation.models import Discrepancy, MatchRule, Tariff
from reconciliation.services import policies

SHOWN = 50


class RuleChangeList(KeysetChangeList):
    """In the order in which they are tried."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list.sort(key=lambda rule: (rule.priority, rule.pk))


@admin.register(MatchRule)
class MatchRuleAdmin(MakingAdmin[MatchRule]):
    list_display = ("name", "effect_shown", "priority", "status_shown")
    list_display_links = ("name",)
    list_per_page = 200
    list_filter = (AccountFilter, "action", "is_active")
    search_help_text = "Beginning of the name"
    making = "write_match_rule"
    make_title = "Write a rule"
    make_text = "Apply it from the next run on"
    make_permission = "reconciliation.add_matchrule"
    make_form = RuleForm

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return RuleChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[MatchRule]) -> QuerySet[MatchRule]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[MatchRule], term: str) -> QuerySet[MatchRule]:
        return queryset.filter(name__istartswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> MatchRule:
        reason = data.pop("reason")
        return policies.write(MatchRule(), data, by=by, reason=reason)

    def page(self, request: HttpRequest, row: MatchRule) -> Page:
        notices = [Notice(text=said, tone=Tone.QUIET) for said in passing(row)] if row.is_active else []
        rests = [] if row.is_active else [Notice(text="This rule rests: it lets nothing pass.")]
        return Page(
            title=row.name,
            labels=[_status(row)],
            subtitle=effect(row),
            notices=[*notices, *rests],
            buttons=_buttons(request, row),
            main=[_used(row), history(row)],
            side=[_facts(row)],
        )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"reconciliation_matchrule_{view.action}",
            )
            for view in (ChangeRule, RestRule)
        ]
        return [*own, *super().get_urls()]

    @admin.display(description="What it does")
    def effect_shown(self, row: MatchRule) -> str:
        return effect(row)

    @admin.display(description="Status")
    def status_shown(self, row: MatchRule) -> SafeString:
        return _status(row)


def _status(row: MatchRule) -> SafeString:
    return display.label("Applied", Tone.GOOD) if row.is_active else display.label("Rests")


def _buttons(request: HttpRequest, row: MatchRule) -> list[Button]:
    if not isinstance(request.user, User) or not request.user.has_perm("reconciliation.change_matchrule"):
        return []
    edit, rest = (reverse(f"admin:reconciliation_matchrule_{name}", args=[row.pk]) for name in ("edit", "rest"))
    return [
        Button(text="Change…", url=edit),
        Button(text="Switch off…" if row.is_active else "Switch on…", url=rest, tone=Tone.BAD),
    ]


def _used(row: MatchRule) -> Facts:
    """What passed by it, by type."""
    closed = Discrepancy.objects.filter(account=row.account, rule=row.name).order_by("-closed_at")[:SHOWN]
    return Facts(
        title="What passed by it last",
        rows=[
            (
                words.name(one.type),
                display.link(
                    reverse("admin:reconciliation_discrepancy_change", args=[one.pk]),
                    f"{words.difference(one.amount)}, {one.object_id}",
                ),
            )
            for one in closed
        ],
    )


def _facts(row: MatchRule) -> Facts:
    return Facts(
        title="Rule",
        rows=[
            ("Does", row.get_action_display()),
            ("Difference", words.name(row.discrepancy_type) if row.discrepancy_type else ""),
            ("Tolerance", f"{row.tolerance_minor:,} of the smallest unit" if row.tolerance_minor else ""),
            ("Line type", display.code(row.line_type)),
            ("Description has", row.description_contains),
            ("Booked to", words.ledger_kind(row.ledger_kind) if row.ledger_kind else ""),
            ("Currency", row.currency.upper() or "every currency"),
            ("Priority", row.priority),
            ("Since", display.when(row.created_at)),
            ("Account", str(row.account)),
        ],
    )


def history(row: MatchRule | Tariff) -> Timeline:
    """Who changed it, from what to what, and why."""
    return timeline.of(row, public_ids=[policy_id(row)], roots=[])
