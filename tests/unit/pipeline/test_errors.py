"""The error tree: default messages that can be shown, stable names, and the picture of it."""

import inspect
import pickle
import re

import pytest

from pipeline import errors
from pipeline.errors import LimitExceeded, NotFound, SheafError, all_errors, error_class


def test_a_class_says_by_itself_what_happened() -> None:
    assert str(NotFound()) == NotFound().message == NotFound().title == "There is no such thing."
    said = LimitExceeded("the document has 9 pages; the limit is 5", limit=5)
    assert (str(said), said.title, said.facts) == (
        "the document has 9 pages; the limit is 5",
        "The document exceeds a limit.",
        {"limit": 5},
    )


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.__name__)
def test_default_messages_are_one_sentence_and_names_are_for_urns(cls: type[SheafError]) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", cls().message)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.name)
    assert "name" in vars(cls), "a name that is inherited would not tell the class"


def test_the_picture_shows_every_class_and_nothing_else() -> None:
    drawn = set(re.findall(r"\b[A-Z][A-Za-z]+\b", (inspect.getdoc(errors) or "").split("A class's docstring")[0]))
    assert drawn - {cls.__name__ for cls in all_errors()} == {"Every", "Sheaf"}
    assert {cls.__name__ for cls in all_errors()} <= drawn


def test_a_name_finds_its_class_again() -> None:
    assert all(error_class(cls.name) is cls for cls in all_errors())
    assert error_class("no-such-name") is SheafError


@pytest.mark.parametrize(
    ("branch", "expected"), [(errors.InputError, False), (errors.AccessError, False), (errors.ConflictError, False)]
)
def test_what_the_caller_must_change_is_never_retried(branch: type[SheafError], expected: bool) -> None:
    assert {cls.retryable for cls in all_errors() if issubclass(cls, branch)} == {expected}


def test_an_error_survives_being_sent_to_another_process_by_its_name_and_facts() -> None:
    """As the parser child does; pickling is not how, and would lose the facts."""
    made = error_class("limit-exceeded")("too many", limit=5)
    assert (type(made), made.message, made.facts) == (LimitExceeded, "too many", {"limit": 5})
    assert isinstance(pickle.loads(pickle.dumps(made)), LimitExceeded)
