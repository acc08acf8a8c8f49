"""Whether a workbook is ours and unaltered."""

from webapp.blueprints.verify.routes import blueprint

__all__ = ["blueprint"]
