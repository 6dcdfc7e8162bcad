"""Who works on a discrepancy, and what is said about it: done at once, without a second page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.template.response import TemplateResponse

from config.base.actor import Actor
from config.base.console.confirmation import Data, Outcome
from config.base.models import User
from reconciliation.admin import words
from reconciliation.admin.discrepancy_actions import DiscrepancyView
from reconciliation.models import Discrepancy
from reconciliation.services import actions


class TalkView(DiscrepancyView):
    """A form that acts when it is sent; sent twice, it acts once."""

    @classmethod
    def fits(cls, row: Discrepancy) -> bool:
        return bool(row.pk)

    def state(self) -> str:
        return str(self.row.assignee_id)

    def _ask(self, form: forms.Form) -> HttpResponseBase:
        page = super()._ask(form)
        if isinstance(page, TemplateResponse) and page.context_data is not None:
            page.template_name = "admin/reconciliation/talk.html"
            page.context_data["seen"] = self._seen(self._next())
        return page


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("name", "email"), required=False,
        empty_label="Nobody", label="Who works on it", widget=forms.Select(attrs={"class": "cf-input"}),
    )  # fmt: skip


class Assign(TalkView):
    action = "assign"
    title = "Who works on it"
    do_text = "Assign it"
    button = "Assign…"
    form_class: ClassVar[type[forms.Form]] = AssignForm

    def form(self, data: Any = None) -> forms.Form:
        return AssignForm(data, initial={"to": self.row.assignee_id or self.user.pk})

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"{data.get('to') or 'Nobody'} works on it."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.assign(discrepancy=self.row, to=data["to"], by=by)
        return Outcome(messages.SUCCESS, f"{data['to'] or 'Nobody'} works on it now.")


class CommentForm(forms.Form):
    text = forms.CharField(
        max_length=2000, widget=forms.Textarea(attrs={"class": "cf-input", "rows": 4}), label="Comment",
        help_text="For colleagues, about what was found. Stays here; no personal data.",
    )  # fmt: skip


class Comment(TalkView):
    action = "comment"
    title = "Say something about it"
    do_text = "Add the comment"
    button = "Comment…"
    form_class: ClassVar[type[forms.Form]] = CommentForm

    def consequences(self, data: Data) -> Sequence[object]:
        return [words.COMMENTED if data else "A comment stands in its history, for colleagues."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.comment(discrepancy=self.row, text=data["text"], by=by)
        return Outcome(messages.SUCCESS, "The comment stands in its history.")
