"""The command line of the sandbox."""

import click

from webapp.sandbox.errors import SandboxError
from webapp.sandbox.server import DEFAULT_PORT, LOOPBACK, ORGANISATIONS, RATE_LIMIT, serve_forever


@click.command("sandbox")
@click.option("--org", type=click.Choice(sorted(ORGANISATIONS)), default="small", show_default=True)
@click.option("--host", default=LOOPBACK, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), envvar="SANDBOX_PORT", default=DEFAULT_PORT, show_default=True)
@click.option(
    "--latency", "latency_ms", type=click.IntRange(0), default=0, help="Milliseconds that each answer takes at least."
)
@click.option(
    "--rate-limit/--no-rate-limit", "is_limited", default=True, help=f"{RATE_LIMIT} requests a minute per credential."
)
def sandbox_command(org: str, host: str, port: int, latency_ms: int, *, is_limited: bool) -> None:
    """Serve a simulated PagerDuty; its addresses and credentials are printed at start."""
    try:
        serve_forever(org, port, host=host, latency_ms=latency_ms, rate_limit=RATE_LIMIT if is_limited else None)
    except SandboxError as error:
        raise click.ClickException(str(error)) from None
