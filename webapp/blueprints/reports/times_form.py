"""Times of work as somebody types them: rows of from and to, on the clock of an engineer's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, Field, FieldList, Form, FormField, HiddenField, SelectField
from wtforms.validators import Optional

from webapp.blueprints.fields import options
from webapp.pricing.facts import Span

ROWS, MOST_ROWS = 3, 24
LONGEST = timedelta(days=1)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # as browsers send them, and want them
MORE = "more"
"""The name of the button that asks for another row."""


class TimeField(DateTimeLocalField):
    """Seconds are shown only where there are any, and then always: what is shown is what is stored."""

    def _value(self) -> str:
        if self.raw_data:  # as it was typed
            return " ".join(self.raw_data)
        return f"{self.data:{FORMATS[self.data.second > 0]}}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed; the first and the last year have no instants in every zone."""
        super().process_formdata(valuelist)
        if self.data and not MINYEAR < self.data.year < MAXYEAR:
            self.data = None
            raise ValueError("Write a year of our time.")


class WhichField(SelectField):
    """Which one of a time that comes twice; where a page did not ask, nobody has chosen, whatever is stored."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was sent."""
        self.data = valuelist[0] if valuelist else None


class SpanForm(Form):
    """One row: both times, or neither; and which is meant of a time that comes twice."""

    start = TimeField("From", format=FORMATS, validators=[Optional()])
    which_start = WhichField("Which", choices=[], validate_choice=False)
    end = TimeField("To", format=FORMATS, validators=[Optional()])
    which_end = WhichField("Which", choices=[], validate_choice=False)

    def instants(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The instants of both times, where it is known which are meant."""
        return _meant(self.start.data, zone, self.which_start.data), _meant(self.end.data, zone, self.which_end.data)

    def fields(self, zone: ZoneInfo) -> Iterator[tuple[Field, Field | None]]:
        """Each time, with the choice that it needs if the clocks of the zone show it twice."""
        for time, which in ((self.start, self.which_start), (self.end, self.which_end)):
            found = _instants(time.data, zone)
            names = (
                f"{name} {time.data:%H:%M} ({at.astimezone(zone):%Z})"
                for name, at in zip(("first", "second"), found, strict=False)
            )
            which.choices = options([("", "Choose"), *zip(map(_key, found), names, strict=False)])
            yield time, which if len(found) > 1 else None


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
            Span(start, end) for start, end in (row.instants(self.zone) for row in self._rows()) if start and end
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
        return self._problem_of_clock() or self._problem_of_order()

    def _problem_of_clock(self) -> str:
        times = [local for row in self._rows() for local in (row.start.data, row.end.data) if local]
        if not all(_instants(local, self.zone) for local in times):
            return f"One of these times does not exist: the clocks of {self.zone.key} go forward then."
        if len(self.spans()) * 2 < len(times):
            return f"One of these times comes twice: the clocks of {self.zone.key} go back then. Choose which you mean."
        return ""

    def _problem_of_order(self) -> str:
        spans = self.spans()
        if any(span.end <= span.start for span in spans):
            return "The end of a row must be after its start."
        if any(later.start < earlier.end for earlier, later in pairwise(spans)):
            return "Write the rows in order, and none that overlaps another."
        if sum((span.end - span.start for span in spans), timedelta()) > LONGEST:
            return "At most a day in all."
        return ""


def times_data(spans: Iterable[Span], zone: ZoneInfo) -> list[dict[str, Any]]:
    """What the rows show: stored times on the clock of the zone, and which each is should it come twice."""
    return [
        {
            "start": _local(span.start, zone),
            "which_start": _key(span.start),
            "end": _local(span.end, zone),
            "which_end": _key(span.end),
        }
        for span in spans
    ]


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _key(instant: datetime) -> str:
    """The choice is the instant itself: of another time, or on another clock, it is no choice."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _instants(local: datetime | None, zone: ZoneInfo) -> list[datetime]:
    """When the clocks of the zone show a time: never where they go forward, twice where they go back."""
    if local is None:
        return []
    found = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return list(dict.fromkeys(instant for instant in found if _local(instant, zone) == local))


def _meant(local: datetime | None, zone: ZoneInfo, which: str | None) -> datetime | None:
    found = _instants(local, zone)
    if len(found) > 1:
        found = [instant for instant in found if _key(instant) == which]
    return found[0] if found else None
