"""The second wall: PostgreSQL keeps workspaces apart where the statements do not."""

import pytest

from pipeline.stores.records import jobs
from pipeline.stores.records.tables import metadata
from tests.support import access_matrix as matrix
from tests.support.access_cast import make_cast, without_filter


@pytest.fixture
def no_conditions(bounded_house, monkeypatch):
    """No statement asks for the workspace any more, and no code compares it."""
    real = jobs.get_job
    fresh = make_cast(bounded_house)
    monkeypatch.setattr(jobs, "get_job", lambda c, job_id, *, workspace_id=None, lock=False: real(c, job_id, lock=lock))
    with without_filter(bounded_house.services.database, *metadata.tables):
        yield fresh


def test_the_owner_is_let_in_everywhere(bounded_house):
    assert list(matrix.shut_out(make_cast(bounded_house))) == []


@pytest.mark.parametrize("column", [matrix.foreign_ids, matrix.foreign_lists])
def test_nothing_leaks_although_every_condition_is_gone(no_conditions, column):
    assert list(column(no_conditions)) == []
