"""What changed between two versions, in their words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from webapp.services.policy_changes import Piece, Sentence, changes

sentences = some.lists(some.text("ab 1", min_size=1, max_size=12).map(str.strip).filter(bool), max_size=6)


def test_a_changed_word_is_marked_within_its_sentence() -> None:
    (found,) = changes(["Each day is worth 50 GBP on a weekday."], ["Each day is worth 55 GBP on a weekday."])
    assert found == Sentence(
        (Piece("Each day is worth "), Piece("50 ", "gone"), Piece("55 ", "new"), Piece("GBP on a weekday.")), "changed"
    )


def test_sentences_come_and_go() -> None:
    before = ["There is a callout fee of 45 GBP.", "Dates are those of London."]
    after = ["Dates are those of London.", "Hours are rounded up to the next 15 min."]
    assert [(one.kind, one.pieces[0].text) for one in changes(before, after)] == [
        ("gone", before[0]),
        ("same", after[0]),
        ("new", after[1]),
    ]


def test_the_same_words_change_nothing() -> None:
    assert [one.kind for one in changes(["One.", "Two."], ["One.", "Two."])] == ["same", "same"]


@given(sentences, sentences)
def test_nothing_of_either_version_is_lost(before: list[str], after: list[str]) -> None:
    found = changes(before, after)

    def told(left_out: str) -> list[str]:
        kept = ["".join(piece.text for piece in one.pieces if piece.kind != left_out) for one in found]
        return [sentence for sentence in kept if sentence]

    assert told("gone") == after
    assert told("new") == before


def test_a_rule_that_has_little_in_common_with_another_is_another() -> None:
    found = changes(["Stipend pays time on call. Each day is worth 50 GBP."], ["Work pays callouts, 3 h at least."])
    assert [one.kind for one in found] == ["new", "gone"]
