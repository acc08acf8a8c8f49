"""One port that serves both regions, the identity host and the control endpoint, on HTTP/1.1 with keep-alive."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from webapp import clock
from webapp.sandbox.control import control
from webapp.sandbox.credentials import REGIONS, Credentials, credentials_of
from webapp.sandbox.errors import SandboxError
from webapp.sandbox.large import large
from webapp.sandbox.limits import Buckets
from webapp.sandbox.oauth import identity
from webapp.sandbox.organisation import Organisation
from webapp.sandbox.rest import rest
from webapp.sandbox.small import small
from webapp.sandbox.state import State, install
from webapp.sandbox.tokens import Tokens
from webapp.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ORGANISATIONS: dict[str, Callable[[], Organisation]] = {"small": small, "large": large}
RATE_LIMIT = 960
REDIRECT_PATH = "/connection/callback"
DEFAULT_PORT = 8001
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Running:
    """A sandbox that serves: its addresses and credentials, and `state` for what a test wants to see or break."""

    host: str
    port: int
    credentials: Credentials
    state: State

    @property
    def url(self) -> str:
        """The address of the sandbox; its control endpoint is `url + "/control"`."""
        return self.state.base_url

    @property
    def us_url(self) -> str:
        """REST base URL of the US region."""
        return f"{self.url}/us"

    @property
    def eu_url(self) -> str:
        """REST base URL of the EU region."""
        return f"{self.url}/eu"

    @property
    def identity_url(self) -> str:
        """The OAuth identity host."""
        return f"{self.url}/identity"


def create_sandbox(state: State) -> Flask:
    """The WSGI application."""
    app = Flask("calloutpay-sandbox", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    app.json.compact = True  # type: ignore[attr-defined]  # same
    app.extensions.update(install(state))
    for region in REGIONS:
        app.register_blueprint(rest, url_prefix=f"/{region}", name=region)
    app.register_blueprint(identity, url_prefix="/identity")
    app.register_blueprint(control, url_prefix="/control")
    return app


@contextmanager
def running(
    org: str = "small",
    port: int = 0,
    *,
    now: Callable[[], datetime] = clock.now,
    latency_ms: int = 0,
    rate_limit: int | None = RATE_LIMIT,
    host: str = LOOPBACK,
    redirect_path: str = REDIRECT_PATH,
    oncalls_limit: int | None = None,
) -> Iterator[Running]:
    """Serve in a thread while the block runs; port 0 takes a free one.

    `now` is the sandbox's only clock: of its history and of the life of codes and tokens. `rate_limit` and, for
    /oncalls alone, `oncalls_limit` are requests a minute and credential; None: no limit.

    Raises:
        SandboxError: the port is taken.
    """
    server, sandbox = _prepare(
        org, port, now=now, latency_ms=latency_ms, rate_limit=rate_limit, host=host, redirect_path=redirect_path
    )
    sandbox.state.oncalls_buckets = Buckets(oncalls_limit)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve_forever(
    org: str = "small",
    port: int = DEFAULT_PORT,
    *,
    host: str = LOOPBACK,
    latency_ms: int = 0,
    rate_limit: int | None = RATE_LIMIT,
    redirect_path: str = REDIRECT_PATH,
) -> None:
    """Serve until interrupted, after printing addresses and credentials, one a line.

    Raises:
        SandboxError: the port is taken.
    """
    server, sandbox = _prepare(
        org, port, now=clock.now, latency_ms=latency_ms, rate_limit=rate_limit, host=host, redirect_path=redirect_path
    )
    print("\n".join(announcement(sandbox)), flush=True)  # noqa: T201  # what a person or a script reads at start
    # A shell that starts a program in the background makes it deaf to Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def announcement(sandbox: Running) -> list[str]:
    """The lines printed at start; scripts read them, so their form is fixed."""
    us, eu, both = sandbox.credentials.us, sandbox.credentials.eu, sandbox.credentials
    return [
        f"US REST API: {sandbox.us_url}",
        f"EU REST API: {sandbox.eu_url}",
        f"identity: {sandbox.identity_url}",
        f"read-only account key: {us.read_only}",
        f"full account key: {us.full}",
        f"read-only user key: {us.user}",
        f"EU read-only account key: {eu.read_only}",
        f"EU full account key: {eu.full}",
        f"EU read-only user key: {eu.user}",
        f"OAuth client id: {both.client_id}",
        f"OAuth client secret: {both.client_secret}",
        f"Scoped OAuth client id: {both.scoped_client_id}",
        f"Scoped OAuth client secret: {both.scoped_client_secret}",
    ]


def _prepare(
    org: str,
    port: int,
    *,
    now: Callable[[], datetime],
    latency_ms: int,
    rate_limit: int | None,
    host: str,
    redirect_path: str,
) -> tuple[BaseWSGIServer, Running]:
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    state = State(
        world=World(ORGANISATIONS[org](), now),
        credentials=credentials_of(org),
        base_url=f"http://{host}:{port}",
        redirect_path=redirect_path,
        latency_seconds=latency_ms / 1000,
        buckets=Buckets(rate_limit),
        tokens=Tokens(now),
    )
    server = _Server(host, port, create_sandbox(state), _Handler, fd=listener.fileno())
    listener.close()
    return server, Running(host, port, state.credentials, state)


def _listen(host: str, port: int) -> socket.socket:
    """Bind here: werkzeug would end the whole process when the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"The sandbox cannot listen on {host} port {port} ({error.strerror}). "
            "Choose another port with --port or SANDBOX_PORT."
        ) from None
    listener.listen(128)
    return listener


class _Handler(WSGIRequestHandler):
    """Keep-alive without waiting for a full packet, and without a line on the terminal for each request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def parse_request(self) -> bool:
        """Note when the question came: what an answer takes is counted from there."""
        self.began = time.monotonic()
        return super().parse_request()

    def make_environ(self) -> "WSGIEnvironment":
        """Hand that on."""
        return super().make_environ() | {"sandbox.began": self.began}

    def run_wsgi(self) -> None:
        """Keep the connection after a GET, as PagerDuty does. Werkzeug ends each, for fear of a body left unread."""
        if self.command != "GET" or self.headers.get("Content-Length"):
            super().run_wsgi()
            return
        answer, status, headers = run_wsgi_app(self.server.app, self.make_environ())
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        for part in answer:
            self.wfile.write(part)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The control endpoint has the log."""


class _Server(ThreadedWSGIServer):
    """Ends its kept-alive connections with itself: a stopped PagerDuty must not answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster
