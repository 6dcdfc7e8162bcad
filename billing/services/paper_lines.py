"""The lines of an invoice and what they add up to, as the customer reads them. Nothing here is computed but signs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from billing.models import Discount, Invoice, InvoiceLine, InvoiceTax, TaxRate
from billing.services.paper import Line, Sum
from billing.services.paper_parts import rows
from billing.services.wording import Reader


class Named:
    """The names of an invoice's discounts and tax rates, read at once however many lines there are."""

    def __init__(self, invoice: Invoice, lines: Iterable[InvoiceLine], reader: Reader) -> None:
        self.reader = reader
        taxed = {tax.tax_rate_id for line in lines for tax in line.taxes.all()}
        reduced = {each["discount"] for line in lines for each in line.discount_amounts}
        rates = taxed | set(invoice.taxes.values_list("tax_rate_id", flat=True))
        self._rates = {rate.stripe_id: rate for rate in TaxRate.objects.filter(stripe_id__in=rates)}
        discounts = Discount.objects.filter(stripe_id__in=reduced).select_related("coupon", "promotion_code")
        self._discounts = {each.stripe_id: each for each in discounts}

    def tax(self, tax: InvoiceTax) -> str:
        """`VAT 19 % Germany`."""
        rate = self._rates.get(tax.tax_rate_id)
        if rate is None:
            return self.reader.say("tax")
        place = rate.jurisdiction or (self.reader.country(rate.country) if rate.country else "")
        return " ".join(filter(None, [rate.display_name, self.reader.percent(rate.percentage), place]))

    def percentages(self, taxes: Iterable[InvoiceTax]) -> str:
        known = [self._rates[tax.tax_rate_id].percentage for tax in taxes if tax.tax_rate_id in self._rates]
        return ", ".join(self.reader.percent(each) for each in known)

    def discount(self, stripe_id: str) -> str:
        """The code that the customer typed, or the coupon's name; with its percentage, where it has one."""
        known = self._discounts.get(stripe_id)
        if known is None or known.coupon is None:
            return self.reader.say("discount")
        name = known.promotion_code.code if known.promotion_code else known.coupon.name
        percent = self.reader.percent(known.coupon.percent_off) if known.coupon.percent_off else ""
        return " ".join(filter(None, [name, f"({percent})" if name and percent else percent])) or self.reader.say(
            "discount"
        )


def of(invoice: Invoice) -> list[InvoiceLine]:
    """The invoice's lines as they stand, with their taxes."""
    return list(invoice.lines.filter(removed_at=None).prefetch_related("taxes").order_by("position", "pk"))


def written(invoice: Invoice, lines: Iterable[InvoiceLine], named: Named) -> list[Line]:
    """Each line with its period and its own discounts."""
    return [_line(line, invoice.currency, named) for line in lines]


def sums(invoice: Invoice, lines: Iterable[InvoiceLine], named: Named) -> Iterator[Sum]:
    """From subtotal to total, as Stripe computed them."""
    reader, currency = named.reader, invoice.currency
    yield Sum(reader.say("subtotal"), reader.money(invoice.subtotal_minor, currency))
    for name, minor in _discounts(invoice, lines, named).items():
        yield Sum(name, reader.money(-minor, currency))
    taxes = [tax for tax in invoice.taxes.all() if tax.line_id is None]
    if taxes:
        yield Sum(reader.say("total_without_tax"), reader.money(invoice.total_minor - invoice.tax_minor, currency))
    for tax in taxes:
        yield Sum(_tax(tax, currency, named), reader.money(tax.amount_minor, currency))
    yield Sum(reader.say("total"), reader.money(invoice.total_minor, currency), "strong")


def _discounts(invoice: Invoice, lines: Iterable[InvoiceLine], named: Named) -> Mapping[str, int]:
    """Minor units by discount; one sum without a name where the parts do not make up the whole."""
    by_id: Counter[str] = Counter()
    for line in lines:
        for each in line.discount_amounts:
            by_id[each["discount"]] += each["amount"]
    if not invoice.discount_minor:
        return {}
    if sum(by_id.values()) != invoice.discount_minor:
        return {named.reader.say("discount"): invoice.discount_minor}
    by_name: Counter[str] = Counter()
    for stripe_id, minor in by_id.items():
        by_name[named.reader.say("discount_named", name=named.discount(stripe_id))] += minor
    return by_name


def _tax(tax: InvoiceTax, currency: str, named: Named) -> str:
    reader, name = named.reader, named.tax(tax)
    if tax.taxable_minor is not None:
        name = reader.say("tax_row", name=name, base=reader.money(tax.taxable_minor, currency))
    return reader.say("inclusive", name=name) if tax.is_inclusive else name


def _line(line: InvoiceLine, currency: str, named: Named) -> Line:
    reader = named.reader
    text, *more = rows(line.description) or [reader.say("invoice")]
    is_span = line.period_start != line.period_end
    return Line(
        text=text,
        details=[
            *more,
            *([reader.period(line.period_start, line.period_end)] if is_span else []),
            *(
                reader.say("off", name=named.discount(each["discount"]), amount=reader.money(-each["amount"], currency))
                for each in line.discount_amounts
                if each["amount"]
            ),
        ],
        quantity=reader.number(line.quantity) if line.quantity is not None else "",
        unit=unit(line.unit_amount_decimal, currency, reader),
        tax=named.percentages(line.taxes.all()),
        amount=reader.money(line.amount_minor, currency),
    )


def unit(minor: Decimal | None, currency: str, reader: Reader) -> str:
    return reader.unit_price(minor, currency) if minor is not None else ""
