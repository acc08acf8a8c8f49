"""The pay policy: its versions and their dates, in words and as text; templates, the text editor, upload, download."""

from webapp.blueprints.policies.routes import blueprint

__all__ = ["blueprint"]
