"""Sending a file that is whole: its length is known before the first byte, so that a cut one is never taken for it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

CHUNK_BYTES = 64 * 1024


def download(name: str, content: bytes, mimetype: str) -> Response:
    """The answer that saves a file under its name."""
    answer = Response(_chunks(content), mimetype=mimetype, headers={"Content-Length": str(len(content))})
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _chunks(content: bytes) -> Iterator[bytes]:
    for offset in range(0, len(content), CHUNK_BYTES):
        yield content[offset : offset + CHUNK_BYTES]
