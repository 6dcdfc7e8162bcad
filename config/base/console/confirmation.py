"""Staff actions in three steps: ask, show in words and money what will happen, do it once.

What a confirmation page showed is signed into it: who saw it, in which state the row was, and the how-manieth
confirmed action of the row it would be. That number can be taken once (see ConfirmedAction), so a double click and a
faster colleague both find it taken, and are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max, Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views import View

from config.base import audit, card_numbers
from config.base.actor import Actor, ActorKind
from config.base.console.display import Tone
from config.base.console.pages import Notice
from config.base.errors import DomainError
from config.base.models import ConfirmedAction, User

SEEN_FOR_SECONDS = 3600
LABEL_LENGTH = 150  # what the columns that keep an actor hold
Row = TypeVar("Row", bound=Model)
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended: `messages.SUCCESS`, `WARNING` (in doubt) or `ERROR`, and what to tell."""

    level: int
    text: str


class ConfirmedView(View, Generic[Row]):
    """One action on one row, behind a confirmation; subclasses say what it is."""

    action: ClassVar[str]
    permission: ClassVar[str]
    title: ClassVar[str]
    do_text: ClassVar[str]
    tone: ClassVar[Tone] = Tone.BUSY
    form_class: ClassVar[type[forms.Form]] = forms.Form
    http_method_names = ["get", "post"]
    model_admin: ModelAdmin[Any] | None = None

    row: Row
    user: User

    # What subclasses say -------------------------------------------------------------------------------------
    def refusal(self) -> str:
        """Why the row cannot take the action now; empty when it can."""
        return ""

    def facts(self) -> Sequence[object]:
        """What to know while filling in the form."""
        return ()

    def consequences(self, data: Data) -> Sequence[object]:
        """What will happen, a sentence each."""
        raise NotImplementedError

    def state(self) -> str:
        """What of the row the decision stands on: when it changes, the page is shown anew."""
        raise NotImplementedError

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        """Call the service; a DomainError is told as what it is."""
        raise NotImplementedError

    def form(self, data: Any = None) -> forms.Form:
        return self.form_class(data)

    # The three steps -----------------------------------------------------------------------------------------
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.user = request.user
        row = self._admin.get_object(request, kwargs["object_id"])
        if row is None:
            raise Http404
        self.row = row
        if refusal := self.refusal():
            return self._back(Outcome(messages.ERROR, refusal))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        form = self.form()
        return self._show_consequences(form, {}) if not form.fields else self._ask(form)

    def post(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        form = self.form(request.POST)
        step = request.POST.get("step")
        if step == "ask" or not form.is_valid() or _has_card_number(form):
            return self._ask(form)
        if step == "do":
            return self._do(form)
        return self._show_consequences(form, form.cleaned_data)

    def _ask(self, form: forms.Form) -> HttpResponseBase:
        return self._render(form=form, facts=self.facts())

    def _show_consequences(self, form: forms.Form, data: Data, *notices: Notice) -> HttpResponseBase:
        return self._render(
            form=form, consequences=self.consequences(data), notices=notices, seen=self._seen(self._next())
        )

    def _do(self, form: forms.Form) -> HttpResponseBase:
        try:
            sequence, state = self._open(self.request.POST.get("seen", ""))
        except signing.BadSignature:
            return self._show_consequences(form, form.cleaned_data, _STALE)
        if earlier := ConfirmedAction.objects.filter(object_id=self._object_id, sequence=sequence).first():
            return self._taken(earlier, form)
        if state != self.state():
            return self._show_consequences(form, form.cleaned_data, _CHANGED)
        confirmed = self._take(sequence, form.cleaned_data)
        if confirmed is None:
            return self._taken(ConfirmedAction.objects.get(object_id=self._object_id, sequence=sequence), form)
        outcome = self._outcome(form.cleaned_data)
        ConfirmedAction.objects.filter(pk=confirmed.pk).update(
            outcome=outcome.text, succeeded=outcome.level == messages.SUCCESS
        )
        return self._back(outcome)

    def _outcome(self, data: Data) -> Outcome:
        try:
            return self.perform(data, by=self._actor)
        except DomainError as error:
            staff = getattr(error, "staff", "")
            more = f" ({staff})" if staff and staff != error.detail else ""
            return Outcome(messages.ERROR, f"{error.title}. {error.detail}{more}")

    def _taken(self, earlier: ConfirmedAction, form: forms.Form) -> HttpResponseBase:
        if earlier.user_id == self.user.pk and earlier.action == self.action:
            so_far = earlier.outcome or "It is being carried out."
            return self._back(Outcome(messages.INFO, f"You have sent this already; it was done once. {so_far}"))
        text = f"{earlier.user} was faster: {earlier.summary} Look again before you go on."
        notice = Notice(title="Somebody acted in the meantime", text=text, tone=Tone.WARN)
        return self._show_consequences(form, form.cleaned_data, notice)

    def _take(self, sequence: int, data: Data) -> ConfirmedAction | None:
        reason = " · ".join(str(data[name]) for name in ("reason", "note") if data.get(name))
        summary = " ".join(str(line) for line in self.consequences(data))  # may ask Stripe, so before the transaction
        try:
            with transaction.atomic():
                confirmed = ConfirmedAction.objects.create(
                    action=self.action,
                    object_id=self._object_id,
                    sequence=sequence,
                    user=self.user,
                    summary=summary,
                    reason=reason,
                    request_id=self._actor.request_id,
                )
                changes = {"confirmed": ["", self.action]}
                audit.record(self.row, changes=changes, by=self._actor, reason=reason)
        except IntegrityError:
            return None
        return confirmed

    # What the page showed, signed ----------------------------------------------------------------------------
    def _seen(self, sequence: int) -> str:
        return signing.dumps([sequence, self.state()], salt=self._salt)

    def _open(self, seen: str) -> tuple[int, str]:
        sequence, state = signing.loads(seen, salt=self._salt, max_age=SEEN_FOR_SECONDS)
        return sequence, state

    @property
    def _salt(self) -> str:
        return f"confirm.{self.action}.{self._object_id}.{self.user.pk}"

    @property
    def _object_id(self) -> str:
        return str(getattr(self.row, "public_id"))  # noqa: B009

    def _next(self) -> int:
        taken = ConfirmedAction.objects.filter(object_id=self._object_id).aggregate(last=Max("sequence"))
        return (taken["last"] or 0) + 1

    @property
    def _actor(self) -> Actor:
        return actor(self.request)

    @property
    def _admin(self) -> ModelAdmin[Any]:
        if self.model_admin is None:
            raise TypeError("as_view(model_admin=…) is missing")
        return self.model_admin

    def _back_url(self) -> str:
        opts = self._admin.opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[self.row.pk])

    def _back(self, outcome: Outcome) -> HttpResponseRedirect:
        messages.add_message(self.request, outcome.level, outcome.text)
        return HttpResponseRedirect(self._back_url())

    def _render(self, **context: Any) -> TemplateResponse:
        common = {
            **self._admin.admin_site.each_context(self.request),
            "title": self.title,
            "opts": self._admin.opts,
            "do_text": self.do_text,
            "tone": self.tone,
            "back_url": self._back_url(),
        }
        return TemplateResponse(self.request, "admin/confirm.html", {**common, **context})


_STALE = Notice(text="This page was open for too long. Please read it again.", tone=Tone.WARN)
_CHANGED = Notice(
    title="Something has changed since you opened this page",
    text="This is what would happen now. Please read it again.",
    tone=Tone.WARN,
)


def _has_card_number(form: forms.Form) -> bool:
    """Staff hear card numbers on the phone; what they write down stays, so it must not be one."""
    found = [name for name, value in form.cleaned_data.items() if card_numbers.in_value(value)]
    for name in found:
        form.add_error(name, "This looks like a card number. It must not be written down here.")
    return bool(found)


def actor(request: HttpRequest) -> Actor:
    """The member of staff who asks."""
    user = request.user
    return Actor(ActorKind.STAFF, str(user.pk), str(user)[:LABEL_LENGTH], getattr(request, "request_id", ""))
