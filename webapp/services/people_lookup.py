"""Whom a line of a table means: engineers by PagerDuty id, e-mail or payroll number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from webapp.exports.payroll_numbers import number_key
from webapp.services.engineer_facts import FactError
from webapp.services.people import LONGEST_NAME, PaySettings
from webapp.services.people_table import NAME
from webapp.services.plain_text import text_problem

USER_ID = re.compile("[PQ][A-Z0-9]{5,19}")
_LONGEST_HINTED = 60


class Directory:
    """Finds engineers by payroll number, e-mail or PagerDuty id."""

    def __init__(self, known: Mapping[str, PaySettings], *, may_add: bool, by_id: bool) -> None:
        """`by_id`: a PagerDuty id stands for its engineer, even if it is somebody's payroll number."""
        self.people = dict(known)
        self.may_add = may_add
        self._by: dict[str, set[str]] = {}
        self._ids = {number_key(user_id): user_id for user_id in known} if by_id else {}
        self._named: dict[str, list[str]] = defaultdict(list)
        self._near: dict[str, set[str]] = {}
        for person in known.values():
            self._named[" ".join(person.name.split()).casefold()].append(person.user_id)
            for word in map(number_key, (person.user_id, person.email or "", person.payroll_number)):
                if word:
                    self._by.setdefault(word, set()).add(person.user_id)

    def find(self, written: str, name: str) -> PaySettings:
        """The one engineer of that name; somebody new where the id can be nobody else's. Raises FactError."""
        if user_id := self._ids.get(number_key(written)):
            return self.people[user_id]
        ids = self._by.get(number_key(written), set())
        if len(ids) > 1:
            where = "" if self._ids else ", in a first column “engineer”"
            raise FactError(f"“{written}” stands for {len(ids)} engineers. Write the PagerDuty id{where}.")
        if ids:
            return self.people[next(iter(ids))]
        nobody = f"Nobody is known as “{written}”"
        if same := self._named.get(written.casefold()):
            raise FactError(
                f"{nobody}, but {self.people[same[0]].name} is {' or '.join(same[:3])}. Use that PagerDuty id."
            )
        if not self.may_add or not USER_ID.fullmatch(written):
            raise FactError(
                f"{nobody}.{self._hint(written)} Write the PagerDuty id of the engineer, or remove the line."
            )
        if not name:
            raise FactError(
                f"{nobody}. Whoever has left PagerDuty is known while a report with them is "
                "open; or say who it is in a column “name”. Otherwise correct the id, or remove the line."
            )
        if problem := text_problem(name, LONGEST_NAME):
            raise FactError(f"{NAME}: {problem}")
        if same := self._named.get(name.casefold()):
            raise FactError(
                f"{nobody}, and {self.people[same[0]].name} is {same[0]}. Use that PagerDuty id, or remove the line."
            )
        return PaySettings(user_id=written, name=name, email=None)

    def _hint(self, written: str) -> str:
        """The one id or e-mail of which this is a slip of the pen, if it is one."""
        if len(written) > _LONGEST_HINTED:
            return ""
        if not self._near:
            for person in self.people.values():
                for word in filter(None, (person.user_id, person.email)):
                    for near in _slips(word.casefold()):
                        self._near.setdefault(near, set()).add(word)
        found = set[str]().union(*(self._near.get(near, ()) for near in _slips(written.casefold())))
        return f" Did you mean “{found.pop()}”?" if len(found) == 1 else ""


def _slips(word: str) -> Iterator[str]:
    """The word, and what is left of it without any one character: two words share one if a slip is between them."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
