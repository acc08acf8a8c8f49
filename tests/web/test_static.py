"""Files that are served as they are."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import webapp

STATIC = Path(webapp.__file__).parent / "static"


def test_vendored_files_are_what_their_readme_says() -> None:
    rows = re.findall(
        r"^\| (\S+) \| [\d.]+ \| .* \| ([0-9a-f]{64}) \|$", (STATIC / "vendor/README.md").read_text(), re.MULTILINE
    )
    expected = dict(rows)
    actual = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (STATIC / "vendor").iterdir()
        if file.name != "README.md"
    }
    assert expected == actual


def test_pages_load_only_files_that_exist(client: FlaskClient) -> None:
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/setup").text))
    assert len(files) == 3
    for file in files:
        assert client.get(file).status_code == 200


def test_no_own_style_or_picture_comes_from_elsewhere() -> None:
    for file in (STATIC / "app.css", STATIC / "logo.svg"):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text
        assert "url(" not in text
        assert "@import" not in text


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        *((front, back, 4.5) for front in ("ink", "soft", "accent", "bad") for back in ("ground", "surface", "raised")),
        *((tone, f"{tone}-ground", 4.5) for tone in ("good", "warn", "bad", "info")),
        ("accent", "bad-ground", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-deep", 4.5),
        ("line-strong", "surface", 3.0),
    ],
)
def test_colours_can_be_told_apart(front: str, back: str, least: float, scheme: int) -> None:
    css = (STATIC / "app.css").read_text(encoding="utf-8")
    pairs = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)}
    lighter, darker = sorted((luminance(pairs[front][scheme]), luminance(pairs[back][scheme])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least
