"""Credit notes: previewed, issued, listed, voided.

Source: https://docs.stripe.com/api/credit_notes
"""

from copy import deepcopy

from sandbox import finding
from sandbox.billing import credit_notes
from sandbox.calls import Call
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.wholeness import or_nothing
from sandbox.world import World

_OF_THE_LIST = frozenset(["limit", "starting_after", "ending_before"])


def create(world: World, call: Call) -> Json:
    """Issue a credit note."""
    return credit_notes.issue(world, call.params)


def _tried(world: World, params: Json) -> tuple[Json, list[Json]]:
    """The credit note that these parameters would make, and its lines; nothing of it stays."""
    try:
        row = credit_notes.issue(world, params)
        return deepcopy(row), deepcopy(world.store.get("_credit_note", row["id"])["lines"])
    finally:
        world.rollback()


def preview(world: World, call: Call) -> Json:
    """The credit note that would be issued."""
    return _tried(world, call.params)[0]


def preview_lines(world: World, call: Call) -> Json:
    """All lines of the credit note that would be issued."""
    params = {name: value for name, value in call.params.items() if name not in _OF_THE_LIST}
    return page(call, _tried(world, params)[1], noun="credit_note_line_item")


def retrieve(world: World, call: Call) -> Json:
    """The credit note."""
    return finding.one(world, "credit_note", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """Its memo and metadata."""
    row = retrieve(world, call)
    if "memo" in call.params:
        row["memo"] = call.params["memo"] or None
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    return world.changed("credit_note.updated", row)


def void(world: World, call: Call) -> Json:
    """Take it back."""
    return credit_notes.void(world, retrieve(world, call))


def lines(world: World, call: Call) -> Json:
    """All lines of the credit note."""
    row = finding.one(world, "credit_note", call.names["credit_note"], param="id")
    return page(call, world.store.get("_credit_note", row["id"])["lines"], noun="credit_note_line_item")


def list_(world: World, call: Call) -> Json:
    """Credit notes, newest first; filters: invoice, customer, created."""
    created, same = created_matches(call), equals(call, "invoice", "customer")
    for name in ("invoice", "customer"):
        if name in call.params:
            rows = list(reversed(world.store.children("credit_note", name, call.params[name])))
            break
    else:
        rows = list(world.store.newest_first("credit_note"))
    return page(call, rows, noun="credit_note", keep=lambda row: created(row) and same(row))


_ONE = "/v1/credit_notes/{id}"
ROUTES = [
    Route(method="POST", path="/v1/credit_notes", handler=or_nothing(create), params="CreditNoteCreateParams"),
    Route(method="GET", path="/v1/credit_notes", handler=list_, params="CreditNoteListParams"),
    Route(method="GET", path="/v1/credit_notes/preview", handler=preview, params="CreditNotePreviewParams"),
    Route(
        method="GET",
        path="/v1/credit_notes/preview/lines",
        handler=preview_lines,
        params="CreditNotePreviewLinesListParams",
    ),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="CreditNoteUpdateParams"),
    Route(method="POST", path=f"{_ONE}/void", handler=or_nothing(void)),
    Route(
        method="GET",
        path="/v1/credit_notes/{credit_note}/lines",
        handler=lines,
        params="CreditNoteListLinesParams",
    ),
]
