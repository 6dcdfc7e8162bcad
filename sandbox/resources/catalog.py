"""What other software asks of a catalog that is empty yet."""

from sandbox.calls import Call
from sandbox.errors import resource_missing
from sandbox.json_types import Json
from sandbox.routing import Route
from sandbox.world import World


def features(_world: World, call: Call) -> Json:
    """Features of a product; there are no products yet."""
    raise resource_missing("product", call.id)


ROUTES = [
    Route(method="GET", path="/v1/products/{id}", handler=features),
    Route(
        method="GET",
        path="/v1/products/{id}/features",
        handler=features,
        params="ProductFeatureListParams",
    ),
]
