"""Serves one payment page under the policy that Counterfoil's own page has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


@contextmanager
def serve(stripe_origin: str) -> Iterator[str]:
    """The site's address."""
    policy = (
        f"default-src 'none'; script-src 'self' {stripe_origin}; frame-src {stripe_origin}; "
        f"connect-src 'self' {stripe_origin}; style-src 'self'; form-action 'none'; base-uri 'none'"
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = FOLDER / urlsplit(self.path).path.lstrip("/")
            found = path.suffix in KINDS and path.is_file()
            body = path.read_text() if found else ""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", f"{KINDS.get(path.suffix, 'text/plain')}; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            if path.suffix == ".html":
                body = Template(body).substitute(stripe_js=f"{stripe_origin}/v3/")
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Silence; the test says what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
