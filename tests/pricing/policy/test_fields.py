"""The fields of the policy document: each is documented, has a worked example, and every example gives its figure."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from tests.exactly import as_json, price, read_facts
from webapp.pricing.policy import parse, parse_table
from webapp.pricing.policy.reader import Reader

DOCS = Path(__file__).parents[3] / "docs" / "policies"
EXAMPLE = re.compile(
    r"^## (.+?)\n(.+?)```toml\n(.+?)```\n\n```json\n(.+?)```\n\nResult: ([\d.]+)(?: and ([\d.]+) h)?$",
    re.DOTALL | re.MULTILINE,
)
TEXT = (DOCS / "examples.md").read_text(encoding="utf-8")
EXAMPLES = EXAMPLE.findall(TEXT)
FREE = {"bands", "attested", "rules.when.attested", "rules.when.person"}
"""Tables whose keys are the policy's own."""
SECTION = re.compile(r"\n##+ ")
HEADINGS = {
    "day_types": "Day types",
    "rules": "A rule",
    **{f"rules.{stage}": f"{stage}: " for stage in ("when", "set", "grid", "group", "count", "shape", "tier", "price")},
    **{f"rules.{stage}": f"{stage}: " for stage in ("choose", "book")},
}


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, bool]]:
    """Every field that the reader knows, by its table, and whether an example writes it."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    plain = Reader.has, Reader.child, Reader.children

    def note(reader: Reader, key: str) -> None:
        path = re.sub(r"\[\d+\]", "", reader.path).removeprefix("versions.").replace("versions", "")
        found[path][key] = found[path].get(key, False) or key in reader.table

    def noting(method: object) -> object:
        def wrapped(self: Reader, key: str) -> object:
            note(self, key)
            return method(self, key)  # type: ignore[operator]

        return wrapped

    for name, method in zip(("has", "child", "children"), plain, strict=True):
        monkeypatch.setattr(Reader, name, noting(method))
    for example in EXAMPLES:
        parse_table(tomllib.loads(example[2]))  # `parse` may have read it before
    return {path: keys for path, keys in found.items() if path not in FREE}


def test_every_example_is_found() -> None:
    assert len(EXAMPLES) == TEXT.count("\n## ") == TEXT.count("Result: ") > 15


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_an_example_gives_its_figure(example: tuple[str, ...]) -> None:
    report = as_json(price(parse(example[2]), read_facts(json.loads(example[3]))))
    assert (example[4], example[5] or "0.00") == (report["total"], report["time_off"])
    assert report["not_priced"] == []


def test_every_field_has_an_example(fields: dict[str, dict[str, bool]]) -> None:
    unused = [f"{path}: {key}" for path, keys in fields.items() for key, used in keys.items() if not used]
    assert "\n".join(unused) == ""


def test_every_field_is_documented(fields: dict[str, dict[str, bool]]) -> None:
    text = (DOCS / "fields.md").read_text(encoding="utf-8")
    missing = []
    for path, keys in fields.items():
        section = next(
            (part for part in SECTION.split(text) if path in HEADINGS and part.startswith(HEADINGS[path])), text
        )
        known = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]*`|^\[+.*\]", section, re.MULTILINE))))
        missing += [f"{path}: {key}" for key in keys if key not in known]
    assert "\n".join(missing) == ""
