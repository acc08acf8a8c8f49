"""A faithful simulated PagerDuty: a real HTTP server whose two organisations are rules with a seed.

The world: organisation (values), months and zones (time), rota (who is on call), incidents (what happened), small and
large (the two organisations), world (all of it, seen from now). The doors: rest (with account and history, what its
endpoints answer, and render_account and render_history, their JSON shapes), oauth and control are Flask blueprints;
queries, errors, limits, faults (what goes wrong, to order), credentials, tokens and state serve them; webhooks makes
signed deliveries; server and command start them.
Nothing here knows the rest of the application but its clock, and nothing of it but the command line and the demo knows
this.
"""

from webapp.sandbox.errors import SandboxError
from webapp.sandbox.server import Running, running, serve_forever

__all__ = ["Running", "SandboxError", "running", "serve_forever"]
