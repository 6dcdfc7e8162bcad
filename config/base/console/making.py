"""Pages on which staff make something new: a form, and then the page of what was made. Sent twice, it is made once."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from config.base.actor import Actor
from config.base.console.confirmation import actor
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.errors import DomainError
from config.base.ids import public_id
from config.base.models import ConfirmedAction, User

Row = TypeVar("Row", bound=Model)


class MakingAdmin(ReadOnlyAdmin[Row]):
    """A list and pages that are read, with one form that makes a new row through its service."""

    making: ClassVar[str]
    make_title: ClassVar[str]
    make_text: ClassVar[str]
    make_permission: ClassVar[str]
    make_form: ClassVar[type[forms.Form]]

    def make(self, data: dict[str, Any], *, by: Actor) -> Row:
        """Call the service; a DomainError is shown at the field that it names."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.has_perm(self.make_permission)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            return HttpResponse("You may not make this.", status=403, content_type="text/plain")
        form = self.make_form(request.POST if request.method == "POST" else None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            made = self._make_once(request, form)
            if made is not None:
                return made
        context = {
            **self.admin_site.each_context(request),
            "title": self.make_title,
            "opts": self.opts,
            "form": form,
            "do_text": self.make_text,
            "once": public_id("form"),
            "back_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/make.html", context)

    def _make_once(self, request: HttpRequest, form: forms.Form) -> HttpResponseRedirect | None:
        """The page of what was made; None when the form must be shown again."""
        here = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if not self._take(request, form):
            messages.info(request, "You have sent this already; it was made once.")
            return HttpResponseRedirect(reverse(f"{here}_changelist"))
        try:
            row = self.make(form.cleaned_data, by=actor(request))
        except DomainError as error:
            param = error.param if error.param in form.fields else None
            form.add_error(param, f"{error.title}. {getattr(error, 'staff', '') or error.detail}")
            return None
        return HttpResponseRedirect(reverse(f"{here}_change", args=[row.pk]))

    def _take(self, request: HttpRequest, form: forms.Form) -> bool:
        """Whether this form, as it was shown, is sent for the first time."""
        try:
            with transaction.atomic():
                ConfirmedAction.objects.create(
                    action=self.making,
                    object_id=request.POST.get("once", "")[:40],
                    sequence=1,
                    user_id=int(actor(request).id),
                    summary=f"{self.make_title}: {', '.join(sorted(form.changed_data))}",
                    request_id=actor(request).request_id,
                )
        except IntegrityError:
            return False
        return True
