"""Times of work as somebody types them: rows of from and to, on the clock of an engineer's zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, FieldList, Form, FormField, HiddenField
from wtforms.validators import Optional

from webapp.pricing.facts import Span

ROWS, MOST_ROWS = 3, 24
LONGEST = timedelta(days=1)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # as browsers send them, and want them
MORE = "more"
"""The name of the button that asks for another row."""


class SpanForm(Form):
    """One row: both times, or neither."""

    start = DateTimeLocalField("From", format=FORMATS, validators=[Optional()])
    end = DateTimeLocalField("To", format=FORMATS, validators=[Optional()])


class TimesForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """A form with a list of times; `set_clock` says whose clock they are on."""

    times = FieldList(FormField(SpanForm), "Times", min_entries=ROWS, max_entries=MOST_ROWS)
    clock = HiddenField()
    """The zone that the page named beside the times: they are read in no other."""
    zone: ZoneInfo = ZoneInfo("UTC")
    payee = ""
    button = ""
    """What the button of the form says."""

    def set_clock(self, zone: str, payee: str = "") -> None:
        """The times are on the clock of this zone, where the payee is paid; a fresh page says so."""
        self.zone, self.payee = ZoneInfo(zone), payee
        if not self.is_submitted():
            self.clock.data = zone

    def wants_more_rows(self) -> bool:
        """Add a row if the button for it was pressed; whatever was typed stays."""
        if MORE not in request.form:
            return False
        if len(self.times.entries) < MOST_ROWS:
            self.times.append_entry()
        return True

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """Rows in order, none of them over another, at most a day in all."""
        super().validate(extra_validators)
        # What the rows find wrong is a list of dictionaries, which no page can show.
        unreadable = "Write a day and a time in each field." if self.times.errors else ""
        problem = self._other_clock() or unreadable or self._problem()
        self.clock.data = self.zone.key
        self.times.errors = [problem] if problem else []
        return not self.errors

    def spans(self) -> tuple[Span, ...]:
        """The times that were typed, as instants."""
        return tuple(
            Span(self._instant(row.start.data), self._instant(row.end.data))
            for row in self._rows()
            if row.start.data and row.end.data
        )

    def _rows(self) -> list[Any]:
        return [entry.form for entry in self.times.entries]

    def _other_clock(self) -> str:
        """Typed under another clock than that of the zone they would be read in."""
        typed = [text for row in self._rows() for field in (row.start, row.end) for text in field.raw_data or ()]
        if not any(typed) or self.clock.data == self.zone.key:
            return ""
        where = f", where {self.payee} is paid" if self.payee else ""
        return f"The clock is now that of {self.zone.key}{where}. Check the times and press {self.button} again."

    def _problem(self) -> str:
        if any((row.start.data is None) != (row.end.data is None) for row in self._rows()):
            return "Write both times of a row, or neither."
        if any(not self._exists(local) for row in self._rows() for local in (row.start.data, row.end.data) if local):
            return f"One of these times does not exist: the clocks of {self.zone.key} go forward then."
        spans = self.spans()
        if any(span.end <= span.start for span in spans):
            return "The end of a row must be after its start."
        if any(later.start < earlier.end for earlier, later in pairwise(spans)):
            return "Write the rows in order, and none that overlaps another."
        if sum((span.end - span.start for span in spans), timedelta()) > LONGEST:
            return "At most a day in all."
        return ""

    def _exists(self, local: datetime) -> bool:
        return self._instant(local).astimezone(self.zone).replace(tzinfo=None) == local

    def _instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def times_data(spans: Iterable[Span], zone: ZoneInfo) -> list[dict[str, datetime]]:
    """What the rows show: stored times on the clock of the zone."""
    return [{"start": span.start.astimezone(zone), "end": span.end.astimezone(zone)} for span in spans]
