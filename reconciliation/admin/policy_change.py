"""Changing a rule or a tariff: what it would let pass is shown before it is written."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.forms.models import model_to_dict

from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.money import Money
from reconciliation.admin import words
from reconciliation.admin.policy_forms import RuleForm, TariffForm, examples
from reconciliation.models import MatchRule, Tariff
from reconciliation.services import policies, tariffs

Policy = TypeVar("Policy", MatchRule, Tariff)


def policy_id(row: MatchRule | Tariff) -> str:
    """By what confirmed actions know it: nobody outside names rules and tariffs, so that they have no public id."""
    return f"{row._meta.model_name}_{row.pk}"


def passing(rule: MatchRule) -> list[str]:
    """What the rule would let pass of what is open now."""
    found = policies.would_pass(rule)
    if not found:
        return ["Open now and let pass by it: nothing."]
    said = [f"{one.count:,} in {one.amount.currency.upper()} ({_say(one.amount)})" for one in found]
    return [f"Open now and let pass by it: {', '.join(said)}."]


def expecting(tariff: Tariff) -> list[str]:
    """What the tariff expects of charges of three sizes, and how many open fee discrepancies it explains."""
    said = [
        f"Of {_say(charge)}, a fee of {_say(least)}{f' to {_say(most)}' if most != least else ''} is expected."
        for charge, least, most in examples(tariff)
    ]
    waiting, explained = tariffs.open_fees(tariff)
    if waiting:
        said.append(
            f"Open fee discrepancies in {tariff.currency.upper()} that it explains: {explained:,} of {waiting:,}."
        )
    return said


def _say(amount: Money) -> str:
    return amount.format(display.locale())


def effect(rule: MatchRule) -> str:
    """What a rule does, in a sentence."""
    where = f" in {rule.currency.upper()}" if rule.currency else ""
    if rule.action == MatchRule.Action.BOOK_PAYMENT:
        return f"Payments without a document{where} are booked as sales, to Revenue."
    if rule.action == MatchRule.Action.BOOK_LINE:
        named = f" with “{rule.description_contains}”" if rule.description_contains else ""
        kind = words.ledger_kind(rule.ledger_kind)
        return f"Lines of the type {words.line_type(rule.line_type)}{named}{where} are booked to {kind}."
    kind = f"“{words.name(rule.discrepancy_type)}”"
    return f"Discrepancies {kind}{where} of at most {_tolerance(rule)} pass without anybody looking."


def _tolerance(rule: MatchRule) -> str:
    if rule.currency:
        return _say(Money(rule.tolerance_minor, rule.currency))
    return f"{rule.tolerance_minor:,} of the smallest unit"


class _ChangeView(ConfirmedView[Policy]):
    action = "edit"
    do_text = "Change it"

    @property
    def _object_id(self) -> str:
        return policy_id(self.row)

    def form(self, data: Any = None) -> forms.Form:
        return self.form_class(data, initial=model_to_dict(self.row))

    def state(self) -> str:
        return str(sorted((name, str(value)) for name, value in model_to_dict(self.row).items()))

    def wanted(self, data: Data) -> Policy:
        """The row as it would be; not saved."""
        fields = {name: value for name, value in data.items() if name != "reason"}
        return type(self.row)(**{**_values(self.row), **fields})

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        fields = {name: value for name, value in data.items() if name != "reason"}
        policies.write(self.row, fields, by=by, reason=data["reason"])
        return Outcome(messages.SUCCESS, "Changed. The next run goes by it.")


def _values(row: MatchRule | Tariff) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in row._meta.concrete_fields}


class ChangeRule(_ChangeView[MatchRule]):
    permission = "reconciliation.change_matchrule"
    title = "Change a rule"
    form_class: ClassVar[type[forms.Form]] = RuleForm

    def consequences(self, data: Data) -> list[str]:
        wanted = self.wanted(data)
        return [effect(wanted), *passing(wanted), "It holds from the next run on. What passed by it before stays."]


class RestRule(_ChangeView[MatchRule]):
    """Off, and on again."""

    action = "rest"
    permission = "reconciliation.change_matchrule"
    title = "Switch a rule off or on"
    do_text = "Do it"

    def form(self, data: Any = None) -> forms.Form:
        form = forms.Form(data)
        form.fields["reason"] = RuleForm.base_fields["reason"]
        return form

    def consequences(self, data: Data) -> list[str]:
        if self.row.is_active:
            return [f"“{self.row.name}” is not applied any more. What passed by it before stays."]
        return [effect(self.row), *passing(self.row)]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        policies.write(self.row, {"is_active": not self.row.is_active}, by=by, reason=data["reason"])
        return Outcome(messages.SUCCESS, "The rule is on." if self.row.is_active else "The rule rests.")


class ChangeTariff(_ChangeView[Tariff]):
    permission = "reconciliation.change_tariff"
    title = "Change a tariff"
    form_class: ClassVar[type[forms.Form]] = TariffForm

    def consequences(self, data: Data) -> list[str]:
        return [*expecting(self.wanted(data)), "The next run compares all fees since its first day with it."]
