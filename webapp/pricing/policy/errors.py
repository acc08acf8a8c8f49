"""What reading a document or facts refuses: every mistake at once, each by its path."""

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.pricing.errors import FactsError, PolicyError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to correct, such as `rules[2].when.day_type`."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class DocumentError(PolicyError):
    """The document cannot be followed; `mistakes` names all that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class InputError(FactsError):
    """The JSON of facts cannot be read; `mistakes` names all that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
