"""The table from errors to HTTP statuses, and its page in the docs."""

import re
from pathlib import Path

import pytest

from api.http.problems import STATUSES
from pipeline.errors import all_errors

DOCS = Path(__file__).parents[4] / "docs" / "problems.md"

OURS = [cls for cls in all_errors() if cls.__module__ == "pipeline.errors"]


@pytest.mark.parametrize("cls", OURS, ids=lambda cls: cls.name)
def test_every_error_has_a_status_of_its_own(cls):
    assert 400 <= STATUSES[cls] < 600, f"add {cls.__name__} to STATUSES in api/http/problems.py"


def test_names_are_unique_because_they_are_the_public_types():
    names = [cls.name for cls in OURS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("cls", OURS, ids=lambda cls: cls.name)
def test_every_problem_type_is_documented_with_its_status_and_title(cls):
    row = re.search(rf"^\| `{cls.name}` \| (\d+) \| ([^|]*) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None, f"docs/problems.md has no row for `{cls.name}`"
    assert int(row[1]) == STATUSES[cls]
    assert row[2].strip() == cls().title


def test_no_problem_type_is_documented_that_does_not_exist():
    documented = re.findall(r"^\| `([a-z-]+)` \| \d", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(cls.name for cls in OURS)
