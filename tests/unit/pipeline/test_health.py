"""Whether the parts of a process work."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from pipeline.errors import DatabaseUnavailable, ParserCrashed, StorageFull, VectorsUnavailable
from pipeline.health import PARTS, check_part


@contextmanager
def reading():
    yield SimpleNamespace(execute=lambda statement: SimpleNamespace(scalar_one=lambda: 0.0))


def well():
    return SimpleNamespace(
        database=SimpleNamespace(read=reading),
        blobs=SimpleNamespace(put=lambda key, chunks: 1, delete=lambda key: True),
        vectors=SimpleNamespace(count=lambda workspace_id: 0),
        sandbox=SimpleNamespace(run=lambda task, source, arguments, queues: b""),
    )


def check_all(services):
    return {part: check_part(services, part) for part in PARTS}


def fail(error):
    def failing(*_, **__):
        raise error

    return failing


def test_nothing_is_wrong_where_every_part_works():
    assert check_all(well()) == dict.fromkeys(("database", "blobs", "vectors", "sandbox"))


@pytest.mark.parametrize(
    ("part", "use", "error"),
    [
        ("database", "read", DatabaseUnavailable()),
        ("blobs", "put", StorageFull()),
        ("vectors", "count", VectorsUnavailable()),
        ("sandbox", "run", ParserCrashed()),
    ],
)
def test_the_part_that_fails_is_named_with_its_problem_and_no_other(part, use, error):
    services = well()
    setattr(getattr(services, part), use, fail(error))
    found = check_all(services)
    assert found.pop(part) == error.name
    assert set(found.values()) == {None}


def test_a_fault_of_our_own_is_not_hidden():
    services = well()
    services.vectors.count = fail(TypeError("a bug"))
    with pytest.raises(TypeError):
        check_all(services)
