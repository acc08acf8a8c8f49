"""Files that a browser sends: larger than a form, from somebody who is logged in, and never on a disk."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Flask, Request, request
from flask_login import current_user

from webapp.exports.package import LIMITS

LARGEST_UPLOAD = LIMITS.packed_bytes + 1024 * 1024
"""With the form around it."""
ENDPOINTS = frozenset({"compare.upload", "verify.show"})
"""Which take a workbook."""
TABLES = frozenset({"people.import_table"})
"""Which take a table, pasted or as a file, and say themselves what is too large: nothing typed is lost."""


class MemoryRequest(Request):
    """A request whose files stay in memory: werkzeug would put larger ones into temporary files."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002  werkzeug's own signature
        content_type: str | None,  # noqa: ARG002  same
        filename: str | None = None,  # noqa: ARG002  same
        content_length: int | None = None,  # noqa: ARG002  same
    ) -> IO[bytes]:
        return BytesIO()


def init_app(app: Flask) -> None:
    """To be called before anything else looks at a request: looking at a form reads it whole."""
    app.request_class = MemoryRequest

    @app.before_request
    def allow_a_workbook() -> None:
        if request.endpoint in ENDPOINTS | TABLES and request.method == "POST" and current_user.is_authenticated:
            request.max_content_length = LARGEST_UPLOAD
            if request.endpoint in TABLES:
                request.max_form_memory_size = LARGEST_UPLOAD


def uploaded(name: str) -> tuple[str, bytes] | None:
    """The name and content of the file in a field; None where none was chosen."""
    file = request.files.get(name)
    if file is None or not file.filename:
        return None
    return file.filename, file.read()
