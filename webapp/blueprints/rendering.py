"""Answering htmx: a fragment is a block of its page's own template."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from markupsafe import Markup


def is_htmx() -> bool:
    """Whether htmx asked, and a fragment is wanted instead of a page."""
    return request.headers.get("HX-Request") == "true"


def render_block(template_name: str, block: str, **context: Any) -> str:
    """One block of a template. The block imports the macros it uses inside itself: what stands outside is not run."""
    current_app.update_template_context(context)
    template = current_app.jinja_env.get_template(template_name)
    return Markup("".join(template.blocks[block](template.new_context(context))))  # noqa: S704  Jinja has escaped it
