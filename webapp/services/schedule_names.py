"""Schedules as policies name them, by id or by name: what a report is priced by knows them by id alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from webapp.exports.cells import clean
from webapp.pd.plan import SCHEDULES, SHIFT_BASED
from webapp.pd.records import plain_name
from webapp.pd.result import Records
from webapp.pricing.errors import PolicyError
from webapp.pricing.policy import Document
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.rotas import rota_tables, rotas_in, with_rotas
from webapp.pricing.report.lines import Period
from webapp.pricing.text import listed
from webapp.services.policies import Basis


class ScheduleNameError(PolicyError):
    """The policy names a schedule that is not one schedule of PagerDuty; `words` are those that it names so."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.words = frozenset(sentences)


@dataclass(frozen=True, slots=True)
class ScheduleNames:
    """The schedules that a reading knows, names by id."""

    by_id: Mapping[str, str]
    are_all: bool
    """Whether PagerDuty listed every schedule: else one that no row names is not known, rather than missing."""

    @classmethod
    def of(cls, records: Records) -> ScheduleNames:
        """Of the lists, and of every row: a schedule may be hidden from this connection, or deleted since."""
        rows = (*records.on_call, *records.also_on_call, *records.vacant_rows)
        names = {row.schedule_id: row.schedule_name for row in rows if row.schedule_id}
        names |= {one.id: one.name for one in records.schedules.values()}
        are_all = not {SCHEDULES, SHIFT_BASED} & set(records.left_out_parts)
        return cls({key: plain_name(name) or key for key, name in names.items()}, are_all)

    def labels(self) -> dict[str, str]:
        """What to print for each id, in order: the name, with the id where others bear it too."""
        bearers = Counter([*self.by_id.values(), *self.by_id])  # an id that is another's name says too little, too
        told = {
            key: clean(name) if bearers[name] == 1 or name == key else f"{clean(name)} ({key})"
            for key, name in self.by_id.items()
        }
        return dict(sorted(told.items(), key=lambda one: (one[1].casefold(), one[0])))

    def ids_of(self, word: str) -> list[str]:
        """The schedules that a word stands for: the one that has it as its id, else those that have it as their name.

        Letter case counts; which blanks, how many, and how an accent is encoded do not.
        """
        asked = plain_name(word)
        return [asked] if asked in self.by_id else sorted(key for key, name in self.by_id.items() if name == asked)

    def ids(self, words: Iterable[str]) -> dict[str, str]:
        """The ids of words that stand for one schedule, by those words."""
        found = {word: self.ids_of(word) for word in words}
        return {word: ids[0] for word, ids in found.items() if len(ids) == 1}

    def refusals(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The words that do not stand for one schedule, each with a sentence that says what to do."""
        for word in sorted(words):
            ids, named = self.ids_of(word), f"The policy names the schedule “{clean(word)}”"
            if len(ids) > 1:
                bearers = f"{len(ids)} schedules bear that name: {listed(ids)}"
                yield word, f"{named}, and {bearers}. Write the id of the one that you mean."
            elif not ids and self.are_all:
                way_out = "Correct the name in the policy, or take it out."
                yield word, f"{named}, which PagerDuty does not have.{self._hint(word)} {way_out}"

    def _hint(self, word: str) -> str:
        by_fold = {text.casefold(): text for text in (*self.by_id, *self.by_id.values())}
        near = get_close_matches(plain_name(word).casefold(), by_fold, n=1)
        if not near:
            return ""
        text = by_fold[near[0]]
        ids = [key for key, name in self.by_id.items() if name == text and key != text]
        return f" Did you mean “{clean(text)}”{f' ({ids[0]})' if ids else ''}?"


def basis_by_ids(basis: Basis, names: ScheduleNames, reach: Period) -> Basis:
    """The same policy with ids in place of names.

    Raises:
        ScheduleNameError: a version that is in force within the reach names a schedule that PagerDuty does not have, or
            that shares its name with another.
    """
    words = {word for version in _versions(basis.document) for word in rotas_in(version)}
    if not words:
        return basis
    in_reach = {word for version in _in_force(basis.document, reach) for word in rotas_in(version)}
    if refused := dict(names.refusals(in_reach)):
        raise ScheduleNameError(refused)
    ids = names.ids(words)
    if twice := dict(_named_twice(basis.document, names, reach)):
        raise ScheduleNameError(twice)
    form = basis.form and _form(basis.form, ids)
    return replace(basis, document=with_rotas(basis.document, ids), form=form)


def _named_twice(document: Document, names: ScheduleNames, reach: Period) -> Iterator[tuple[str, str]]:
    """The words by which one table names a schedule more than once, each with a sentence that says so."""
    for version in _in_force(document, reach):
        for words in rota_tables(version):
            by_id: dict[str, list[str]] = {}
            for word, schedule_id in names.ids(words).items():
                by_id.setdefault(schedule_id, []).append(word)
            for schedule_id, alike in by_id.items():
                if len(alike) > 1:
                    told = " and ".join(f"“{clean(word)}”" for word in sorted(alike))
                    yield (
                        min(alike),
                        f"A table of the policy names the schedule {schedule_id} twice, as {told}. Leave one of them.",
                    )


def also_paid(document: Document) -> frozenset[str]:
    """The schedules that any version also pays."""
    return frozenset(word for version in _versions(document) for word in version.also_pay)


def named_rotas(document: Document) -> frozenset[str]:
    """Every word by which any version names a schedule."""
    return frozenset(word for version in _versions(document) for word in rotas_in(version))


def _form(form: Policy, ids: Mapping[str, str]) -> Policy:
    def renamed(words: frozenset[str]) -> frozenset[str]:
        return frozenset(ids.get(word, word) for word in words)

    return replace(form, schedules_left_out=renamed(form.schedules_left_out), also_pay=renamed(form.also_pay))


def _versions(document: Document) -> tuple[Document, ...]:
    return (document, *document.later)


def _in_force(document: Document, period: Period) -> Iterator[Document]:
    """The versions in force on a date of a period."""
    versions = _versions(document)
    ends = [*(version.effective or date.max for version in versions[1:]), date.max]
    for version, until in zip(versions, ends, strict=True):
        if (version.effective or date.min) < period.after and until > period.first:
            yield version
