"""Whatever a change made of the items, the undo makes of them what they were."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.services import plan_changes

Items = dict[str, tuple[str, int | None]]
PRICES = st.sampled_from(["price_a", "price_b", "price_c", "price_d"])
QUANTITIES = st.one_of(st.none(), st.integers(1, 9))
ITEMS = st.dictionaries(st.sampled_from(["si_1", "si_2", "si_3"]), st.tuples(PRICES, QUANTITIES), min_size=1)
ADDED = st.dictionaries(st.sampled_from(["si_8", "si_9"]), st.tuples(PRICES, QUANTITIES))


def before(items: Items) -> dict[str, Any]:
    """As a quote keeps them."""
    return {"items": [{"id": key, "price": price, "quantity": number} for key, (price, number) in items.items()]}


def stripe_applies(items: Items, wishes: list[dict[str, Any]]) -> Items:
    """Items as Stripe would have them after the wishes; a new one gets a new id."""
    held = dict(items)
    for number, wish in enumerate(wishes):
        if wish.get("deleted"):
            del held[wish["id"]]
        else:
            key = wish.get("id") or f"si_new{number}"
            assert "id" not in wish or key in held, "Stripe knows no such item any more"
            held[key] = (wish.get("price") or held[key][0], wish.get("quantity"))
    return held


@given(ITEMS, st.data(), ADDED)
def test_items_are_again_what_they_were(was: Items, data: st.DataObject, added: Items) -> None:
    kept = data.draw(st.sets(st.sampled_from(sorted(was))))
    changed: Items = {key: data.draw(st.tuples(PRICES, QUANTITIES)) for key in sorted(kept)} | added

    prices = {key: price for key, (price, _) in changed.items()}
    wishes = plan_changes.restoring(prices, before(was))
    undone = stripe_applies(changed, wishes)

    assert all(wish.get("price") != prices[wish["id"]] for wish in wishes if "id" in wish)

    assert sorted(undone.values(), key=str) == sorted(was.values(), key=str)
    assert {key: undone[key] for key in kept} == {key: was[key] for key in kept}
