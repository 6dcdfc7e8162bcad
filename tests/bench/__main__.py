"""`make bench`: every performance figure that the docs quote, as JSON lines; exits 1 below a floor."""

import sys

from tests.bench import console, documents, inbox, invoices, reconciliation, renewals

PARTS = {
    "inbox": inbox.measure,
    "documents": documents.measure,
    "console": console.measure,
    "invoices": invoices.measure,
    "renewals": renewals.measure,
    "reconciliation": reconciliation.measure,
}


def main(chosen: list[str]) -> int:
    """Measure the parts named, or all; 1 when a floor is not reached, 2 for a part that is not known."""
    if unknown := set(chosen) - set(PARTS):
        print(f"No such part: {', '.join(sorted(unknown))}. Choose among {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    is_met = True
    for name in chosen or PARTS:
        for figure in PARTS[name]():
            print(figure.line(), flush=True)
            is_met = is_met and figure.is_met
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
