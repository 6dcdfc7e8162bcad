"""A mail server of the test's own: real SMTP on a free port. It keeps what it takes and refuses what it is told to."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """`refuse_recipient` and `refuse_message`: the answers to give instead of 250. `hang_up`: close without a word."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    refuse_recipient: str = ""
    refuse_message: str = ""
    hang_up: bool = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hang_up:
            server.transport.abort()
            return ""
        if self.refuse_message:
            return self.refuse_message
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append(envelope)
        return "250 OK"

    def last(self) -> EmailMessage:
        return self.mails[-1]

    def text(self) -> str:
        """The last mail's plain text."""
        return self._body("plain")

    def html(self) -> str:
        return self._body("html")

    def attachments(self) -> dict[str, bytes]:
        """The last mail's PDFs by name."""
        parts = [part for part in self.last().walk() if part.get_content_type() == "application/pdf"]
        return {str(part.get_filename()): part.get_payload(decode=True) for part in parts}  # type: ignore[misc]

    def _body(self, kind: str) -> str:
        part = self.last().get_body(preferencelist=(kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class Opened(Controller):
    """The server on a port that the system chose."""

    def __init__(self, office: PostOffice, port: int) -> None:
        super().__init__(office, hostname="127.0.0.1", port=port)
