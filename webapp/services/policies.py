"""The instance's pay policy: saved versions, each in force from a date, as form fields or as a document's text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import PolicyVersion
from webapp.pricing.errors import PricingError
from webapp.pricing.policy import Document, Mistake, parse
from webapp.pricing.policy.brief import brief_of
from webapp.pricing.policy.form import EVIDENCE_FIELDS, USUAL_MINUTES, EvidenceMode, Policy
from webapp.pricing.policy.form_document import as_document
from webapp.pricing.policy.form_words import in_words as form_in_words
from webapp.pricing.policy.named import words_named
from webapp.pricing.policy.rotas import with_rotas
from webapp.pricing.policy.words import in_words
from webapp.pricing.report.select import LOOK_BACK
from webapp.pricing.text import listed
from webapp.services.calendars.regions import is_usable, named, refused_country, standard_region
from webapp.services.engineer_facts import HOLIDAY_REGION
from webapp.services.locate import Located, locate, read_policy
from webapp.services.plain_text import text_problem
from webapp.services.policy_settings import from_settings, read_fields, stored_fields, to_settings

NAME = "Standard policy"
"""Of the simple form; a document says its own."""


class NotInForce(ValueError):
    """No policy, or not one policy, for the dates that are asked; the message says what to do."""


LONGEST_NAME = 200
"""Of a policy."""


class TextError(ValueError):
    """A policy's text cannot be saved; `mistakes` says why, by line."""

    def __init__(self, mistakes: Sequence[Located]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy document as it is written, and how PagerDuty is read for it, of which documents say nothing."""

    text: str
    evidence: EvidenceMode = EvidenceMode.ACKNOWLEDGED
    longest_lead_minutes: int = USUAL_MINUTES
    pause_grace_minutes: int = USUAL_MINUTES


Rules = Policy | PolicyText
"""What a policy says: the fields of the simple form, or a text."""


@dataclass(frozen=True)
class SavedPolicy:
    """A version of the instance's policy."""

    version: int
    name: str
    rules: Rules
    effective: date | None
    """None: from the first day."""
    note: str
    saved_at: datetime
    saved_by: str

    @property
    def label(self) -> str:
        """As page and workbook name it."""
        return f"{self.name} version {self.version}"

    @property
    def begins(self) -> date:
        """The first day on which it can be in force."""
        return self.effective or date.min

    @property
    def form(self) -> Policy | None:
        """The form's fields, unless the policy is a text."""
        return self.rules if isinstance(self.rules, Policy) else None

    @property
    def text(self) -> str:
        """The policy as the text of one document; the form's is written for it."""
        return text_of(self.rules, self.name)

    @cached_property
    def document(self) -> Document:
        """The policy as the engine reads it, its holiday regions in their standard spelling."""
        return _document(self.text)

    @cached_property
    def is_refused(self) -> bool:
        """Whether its text was saved before a mistake in it was refused; then nothing is priced by it."""
        try:
            return not self.document
        except PricingError:
            return True

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What it does, in the words of a document."""
        return _words(lambda: self.document)


def words_of(rules: Rules, schedules: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What it does, in the plainest words: the form has its own."""
    known = schedules or {}
    if isinstance(rules, Policy):
        return tuple(form_in_words(rules, known))
    return _words(lambda: with_rotas(parse(rules.text), known))


def comparable_words(before: SavedPolicy | None, after: Rules) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both in the same kind of words: the form's where both are forms, else a document's."""
    if before is None or (before.form and isinstance(after, Policy)):
        return (words_of(before.rules) if before else ()), words_of(after)
    return before.words, _words(lambda: parse(text_of(after)))


def _words(read: Callable[[], Document]) -> tuple[str, ...]:
    """A document in words; of a text that is refused, why."""
    try:
        return tuple(in_words(read()))
    except PricingError as error:
        return (f"Nothing is priced by this text until it is corrected: {error}",)


def as_text(rules: Rules) -> PolicyText:
    """The same rules as a text, PagerDuty being read in the same way."""
    return PolicyText(text_of(rules), **{one.name: getattr(rules, one.name) for one in EVIDENCE_FIELDS})


def text_of(rules: Rules, name: str = NAME) -> str:
    """Form or text as the text of one document."""
    return as_document(rules, name) if isinstance(rules, Policy) else rules.text


def saved_policies(session: Session) -> list[SavedPolicy]:
    """Every version, in the order of saving."""
    return [_read(row) for row in session.scalars(select(PolicyVersion).order_by(PolicyVersion.version))]


def saved_policy(session: Session, version: int) -> SavedPolicy | None:
    """One version by its number."""
    row = session.get(PolicyVersion, version)
    return None if row is None else _read(row)


def timetable(versions: Iterable[SavedPolicy]) -> list[SavedPolicy]:
    """The versions that are in force at some time, in the order of their dates: each until the next begins."""
    by_date = {saved.begins: saved for saved in sorted(versions, key=lambda saved: saved.version)}
    return [by_date[day] for day in sorted(by_date)]


def stretches(versions: Iterable[SavedPolicy]) -> list[tuple[SavedPolicy, SavedPolicy | None]]:
    """Each version of the timetable with the one that follows it."""
    ordered = timetable(versions)
    return [(saved, later) for saved, later in zip_longest(ordered, ordered[1:]) if saved]


def in_force_words(versions: Iterable[SavedPolicy], version: int) -> str:
    """From when to when a version is in force, as things stand."""
    for saved, later in stretches(versions):
        if saved.version == version:
            begins = f"from {saved.effective:%-d %B %Y} on" if saved.effective else "from the first day"
            ends = f", until version {later.version} begins on {later.begins:%-d %B %Y}" if later else ""
            return f"In force {begins}{ends}."
    return "Never in force: a version saved later begins on the same day."


def in_force(versions: Iterable[SavedPolicy], day: date) -> SavedPolicy | None:
    """The version in force on a day; None before the first."""
    begun = [saved for saved in timetable(versions) if saved.begins <= day]
    return begun[-1] if begun else None


def current_policy(session: Session, day: date) -> SavedPolicy | None:
    """The version in force on a day; None while there is none."""
    return in_force(saved_policies(session), day)


def in_force_between(versions: Iterable[SavedPolicy], first: date, after: date) -> list[SavedPolicy]:
    """The versions in force on the dates from `first` up to, not including, `after`, in order."""
    return [
        saved
        for saved, later in stretches(versions)
        if saved.begins < after and (later is None or later.begins > first)
    ]


@dataclass(frozen=True)
class Basis:
    """What a report is priced by."""

    document: Document
    """Every version in force in the period, and shortly before it."""
    form: Policy | None
    """The form, where it alone is the policy."""
    stretches: tuple[SavedPolicy, ...]
    """The versions in force in the period, in order; none while nothing is saved."""
    is_saved: bool
    """Whether exactly what is saved prices the period."""
    rules: Rules
    """What is in force, or tried out, on the last day."""

    @property
    def label(self) -> str:
        """As page and workbook name it."""
        if not self.is_saved:
            return UNSAVED
        names = list(dict.fromkeys(saved.name for saved in self.stretches))
        if len(names) > 1 or len(self.stretches) == 1:
            return ", ".join(saved.label for saved in self.stretches)
        numbers = [str(saved.version) for saved in self.stretches]
        return f"{names[0]} versions {listed(numbers)}"

    def words(self, schedules: Mapping[str, str]) -> tuple[str, ...]:
        """What each version does, headed by its dates where there are several."""
        if len(self.stretches) < _SEVERAL:
            return words_of(self.rules, schedules)
        told: list[str] = []
        for saved in self.stretches:
            begins = f"From {saved.effective:%-d %B %Y}" if saved.effective else "From the first day"
            told.append(f"{begins}, {saved.label}:")
            told += words_of(saved.rules, schedules)
        return tuple(told)


UNSAVED = "unsaved settings"
_FARTHEST = timedelta(days=2)
"""More than the 26 h that two clocks can differ."""
_SEVERAL = 2


def basis_of(versions: Iterable[SavedPolicy], rules: Rules, first: date, after: date) -> Basis:
    """What the period is priced by when `rules` are tried out in place of the version in force at its end.

    Raises:
        NotInForce: no policy is in force at first, or the currency changes within the period, or a holiday region
            that one of its versions names has no calendar.
    """
    saved = timetable(versions)
    if not saved:
        form = rules if isinstance(rules, Policy) else None
        return Basis(_document(text_of(rules)), form, (), is_saved=False, rules=rules)
    last = in_force(saved, after - timedelta(days=1))
    if last is None or last.rules == rules:
        tried, is_saved = saved, True
    else:
        tried, is_saved = [replace(one, rules=rules) if one is last else one for one in saved], False
    document = document_between(tried, first, after)
    _refuse_regions(document, tried, after)
    stretches = tuple(in_force_between(tried, first, after))
    alone = stretches[0].form if len(stretches) == 1 else None
    return Basis(document, alone, stretches, is_saved=is_saved, rules=rules)


def _refuse_regions(document: Document, versions: Sequence[SavedPolicy], after: date) -> None:
    """What was saved before a region was refused prices nothing until somebody chooses another."""
    for one in (document, *document.later):
        if (one.effective or date.min) >= after:
            continue
        saved, region = in_force(versions, one.effective or date.min), one.holiday_region
        label = saved.label if saved else NAME
        if region is not None and not is_usable(region):
            country = refused_country(region)
            if not country:
                raise NotInForce(f"{label} has the holiday region {region}, which is not known. Edit the policy first.")
            raise NotInForce(
                f"{label} has the holiday region {region}, which is nobody's calendar: its parts have holidays of "
                f"their own. Nothing is priced by it until a manager chooses {named(country)} on the page Policy."
            )
        for rule in one.rules:
            unknown = sorted(
                region
                for region in words_named(rule, HOLIDAY_REGION)
                if not is_usable(region) or standard_region(region) != region
            )
            if unknown and is_usable(unknown[0]):
                raise NotInForce(
                    f"{label}: rule “{rule.name}” asks for the holiday region {unknown[0]}. "
                    f"Engineers have it as {standard_region(unknown[0])}: write it so, and save the policy."
                )
            if unknown:
                raise NotInForce(
                    f"{label}: rule “{rule.name}” asks for the holiday region {unknown[0]}, which "
                    "no engineer can have any more. Write the parts of the country that it means, and save the policy."
                )


def _document(text: str) -> Document:
    read = parse(text)
    spelled = [
        one if one.holiday_region is None else replace(one, holiday_region=standard_region(one.holiday_region))
        for one in (read, *read.later)
    ]
    return replace(spelled[0], later=tuple(spelled[1:]))


def document_between(versions: Iterable[SavedPolicy], first: date, after: date) -> Document:
    """One document of the versions in force in a period, and as far before it as reports look back.

    Raises:
        NotInForce: no policy is in force at first, or the currency changes within the period.
    """
    versions = timetable(versions)
    begun = in_force(versions, first)
    if begun is None:
        known = f"The first begins on {versions[0].begins}." if versions else "None is saved yet."
        raise NotInForce(f"No pay policy is in force on {first}. {known} Save one that is in force from then on.")
    begin = date.fromordinal(max(first.toordinal() - LOOK_BACK.days, date.min.toordinal()))
    documents = _stretches(in_force_between(versions, begin, after))
    now = max((index for index, one in enumerate(documents) if (one.effective or date.min) <= first), default=-1)
    if now < 0:
        begins = f" It says that it begins on {documents[0].effective}." if documents else ""
        raise NotInForce(f"The text of the pay policy is not in force on {first}.{begins} Correct its first date.")
    for later in documents[now + 1 :]:
        if later.currency != documents[now].currency:
            raise NotInForce(
                f"The policy's currency changes on {later.effective}, and amounts of two currencies are not added. "
                "Make one report up to the day before, and one from that day on."
            )
    # What was earned earlier in another currency lies before the period and is not printed.
    kept = [one for one in documents if one.currency == documents[now].currency]
    kept = _with_next_zone(kept, versions, begin, after)
    return replace(kept[0], later=tuple(kept[1:]))


def _with_next_zone(
    documents: list[Document], versions: Sequence[SavedPolicy], begin: date, after: date
) -> list[Document]:
    """With the version that brings another pay zone soon after the period: by its midnight the last date ends."""
    until = after + _FARTHEST if after <= date.max - _FARTHEST else date.max
    known = [one for one in documents if (one.effective or date.min) < after]
    for one in _stretches(in_force_between(versions, begin, until)):
        soon = one.effective is not None and after <= one.effective < until
        if soon and not one.same_zone(known[-1]) and one.currency == known[-1].currency:
            return [*known, one]
    return documents


def _stretches(versions: Sequence[SavedPolicy]) -> list[Document]:
    """Each version's document from its date until the next begins, the later versions within its text included."""
    made: list[Document] = []
    for saved, following in zip_longest(versions, versions[1:]):
        until = following.begins if following else date.max
        own = [replace(saved.document, later=()), *saved.document.later]
        if begun := [one for one in own if (one.effective or date.min) <= saved.begins]:
            made.append(replace(begun[-1], effective=saved.effective))
        made += [one for one in own if one.effective and saved.begins < one.effective < until]
    return made


def save_policy(
    session: Session,
    rules: Rules,
    saved_by: str,
    *,
    effective: date | None = None,
    note: str = "",
) -> SavedPolicy:
    """Save the policy as the next version; one that is in force on that date already stays that version.

    Raises:
        TextError: the text has mistakes, or says another effective date.
    """
    name = NAME
    if isinstance(rules, PolicyText):
        document = check(rules.text, effective)
        name, effective = document.name, effective or document.effective
    while True:
        versions = saved_policies(session)
        before = in_force(versions, effective or date.min)
        if before is not None and before.rules == rules:
            return before
        row = PolicyVersion(
            version=versions[-1].version + 1 if versions else 1,
            name=name,
            text=rules.text if isinstance(rules, PolicyText) else None,
            settings=to_settings(rules) if isinstance(rules, Policy) else stored_fields(EVIDENCE_FIELDS, rules),
            effective=effective,
            note=note,
            saved_at=clock.now(),
            saved_by=saved_by,
        )
        session.add(row)
        try:
            session.commit()
        except IntegrityError:  # somebody else saved that version in the same moment
            session.rollback()
            continue
        return _read(row)


def read_text(text: str) -> tuple[Document | None, list[Located]]:
    """The policy that reports can be paid by, or every mistake in its text with its line."""
    document, mistakes = read_policy(text)
    if document is None:
        return None, mistakes
    try:
        brief_of(document, ())
    except PricingError as error:  # fine for the engine by itself, which may leave amounts unrounded
        return None, locate(text, [Mistake("rounding", str(error))])
    return document, []


def check(text: str, effective: date | None = None) -> Document:
    """The document of a text that may be saved to be in force from a date.

    Raises:
        TextError: it has mistakes, or says another date.
    """
    document, mistakes = read_text(text)
    if document is None:
        raise TextError(mistakes)
    if problem := text_problem(document.name, LONGEST_NAME):
        raise TextError(locate(text, [Mistake("name", f"cannot be saved. {problem}")]))
    if effective and document.effective and document.effective != effective:
        wrong = Mistake(
            "effective", f"says {document.effective}, and the page {effective}. Say the same in both places."
        )
        raise TextError(locate(text, [wrong]))
    return document


def _read(row: PolicyVersion) -> SavedPolicy:
    rules: Rules
    if row.text is None:
        rules = from_settings(row.settings)
        if rules.holiday_region:
            rules = replace(rules, holiday_region=standard_region(rules.holiday_region))
    else:
        rules = PolicyText(row.text, **read_fields(EVIDENCE_FIELDS, row.settings))
    return SavedPolicy(row.version, row.name, rules, row.effective, row.note, row.saved_at, row.saved_by)
