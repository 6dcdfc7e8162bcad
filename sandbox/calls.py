"""One request at the API, as the resources see it."""

from dataclasses import dataclass, field

from .json_types import Json


@dataclass(kw_only=True)
class Call:
    """Typed parameters and where they came from."""

    method: str
    path: str
    request_id: str
    names: dict[str, str] = field(default_factory=dict)
    params: Json = field(default_factory=dict)
    idempotency_key: str | None = None
    with_publishable_key: bool = False
    client_ip: str = "127.0.0.1"
    host: str = ""
    user_agent: str = ""
    client_secret: str | None = None

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.names["id"]

    def given(self, name: str) -> bool:
        """Whether the parameter was sent, be it empty."""
        return name in self.params
