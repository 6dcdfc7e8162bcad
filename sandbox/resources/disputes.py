"""Disputes: read, answered, accepted. Banks open them through the control door."""

from sandbox import disputing, finding
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

_OPEN = ("needs_response", "warning_needs_response")
_MAX_TEXT, _MAX_ALL_TEXT = 20_000, 150_000


def retrieve(world: World, call: Call) -> Json:
    """The dispute."""
    return finding.one(world, "dispute", call.id, status=404)


def _check_evidence(evidence: Json) -> None:
    texts = {name: value for name, value in evidence.items() if isinstance(value, str)}
    for name, value in texts.items():
        if len(value) > _MAX_TEXT:
            raise ApiError(
                f"Evidence text can have up to {_MAX_TEXT} characters.",
                param=f"evidence[{name}]",
            )
    if sum(map(len, texts.values())) > _MAX_ALL_TEXT:
        raise ApiError(f"All evidence together can have up to {_MAX_ALL_TEXT} characters.", param="evidence")


def update(world: World, call: Call) -> Json:
    """Metadata and evidence; unless ``submit`` is false, evidence goes to the bank at once."""
    row, params = finding.one(world, "dispute", call.id, status=404), call.params
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    if "evidence" in params:
        _give_evidence(world, row, params["evidence"], submit=params.get("submit", True))
    elif params.get("submit"):
        _check_open(row)
        disputing.submit(world, row)
    previous = world.save(row)
    if previous:
        world.emit("charge.dispute.updated", row, previous)
    if "status" in previous:
        world.emit("charge.updated", finding.one(world, "charge", row["charge"]))
    return row


def _check_open(row: Json) -> None:
    if row["status"] not in _OPEN:
        raise ApiError("This dispute can no longer be responded to.", code="dispute_closed")


def _give_evidence(world: World, row: Json, evidence: Json, *, submit: bool) -> None:
    _check_open(row)
    merged_evidence = {**row["evidence"], **{k: v or None for k, v in evidence.items()}}
    _check_evidence(merged_evidence)
    row["evidence"] = merged_evidence
    row["evidence_details"]["has_evidence"] = True
    if submit:
        disputing.submit(world, row)


def close(world: World, call: Call) -> Json:
    """Accept that the dispute is lost."""
    row = finding.one(world, "dispute", call.id, status=404)
    if row["status"] not in _OPEN:
        raise ApiError("This dispute is already closed.", code="dispute_closed")
    return disputing.close(world, row)


def list_(world: World, call: Call) -> Json:
    """Disputes, newest first; filters: charge, payment_intent, created."""
    created, same = created_matches(call), equals(call, "charge", "payment_intent")
    return page(
        call,
        world.store.newest_first("dispute"),
        noun="dispute",
        keep=lambda row: created(row) and same(row),
    )


def of_charge(world: World, call: Call) -> Json:
    """The newest dispute of a charge."""
    finding.one(world, "charge", call.id, status=404)
    rows = world.store.children("dispute", "charge", call.id)
    if not rows:
        raise ApiError(f"No dispute for charge: {call.id}", status=404)
    return rows[-1]


_ONE = "/v1/disputes/{id}"
ROUTES = [
    Route(method="GET", path="/v1/disputes", handler=list_, params="DisputeListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="DisputeUpdateParams"),
    Route(method="POST", path=f"{_ONE}/close", handler=close, params="DisputeCloseParams"),
    Route(method="GET", path="/v1/charges/{id}/dispute", handler=of_charge),
]
