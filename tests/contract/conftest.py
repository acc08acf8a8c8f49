"""The schemas that hold the sandbox to PagerDuty's contract, and the sandboxes that are held."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from webapp.sandbox import Running, running

HERE = Path(__file__).parent
SCHEMAS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.schema.json"))}
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)

Judge = Callable[[str, Any], None]


@pytest.fixture(scope="session")
def judge() -> Judge:
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items())
    checker = Draft202012Validator.FORMAT_CHECKER
    validators = {
        name.removesuffix(".schema.json"): Draft202012Validator(schema, registry=registry, format_checker=checker)
        for name, schema in SCHEMAS.items()
    }

    def hold(name: str, document: Any) -> None:
        errors = [
            f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validators[name].iter_errors(document)
        ]
        assert errors == []

    return hold


@pytest.fixture(scope="session", params=["small", pytest.param("large", marks=pytest.mark.slow)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(request.param, now=lambda: NOW, rate_limit=None) as found:
        yield found
