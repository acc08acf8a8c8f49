"""A session on a migrated database of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from webapp.models import Database


@pytest.fixture
def session(ready: Database) -> Iterator[Session]:
    with ready.session() as session:
        yield session
