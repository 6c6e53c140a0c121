"""What was ever spent: every row of usage is in the sums once, whoever folds them and whenever it was committed."""

import pytest
from sqlalchemy import event, select

from pipeline.errors import DatabaseUnavailable
from pipeline.stores.records import usage_totals
from pipeline.stores.records.usage import UsageRow, add_usage
from pipeline.stores.records.usage_totals import fold, usage_in_all

JOB = UsageRow(work="job", jobs=1, pages=3, seconds=0.5)
LLAMA = UsageRow(work="extract", model="llama", calls=2, input_tokens=5_000_000_000, cached_tokens=1, output_tokens=7)
OTHER = UsageRow(work="answer", model="other", calls=1, cost_millionths=4)


def note(database, *rows, workspace_id="ws_1"):
    with database.write() as connection:
        add_usage(connection, workspace_id, rows)


def sums(database):
    """Model → jobs, pages, calls, input tokens, cost, seconds."""
    with database.read() as connection:
        found = usage_in_all(connection)
    return {s.model: (s.jobs, s.pages, s.calls, s.input_tokens, s.cost_millionths, s.seconds) for s in found}


def folded(database):
    with database.read() as connection:
        return max(connection.execute(select(usage_totals.usage_totals.c.folded)).scalars(), default=0)


def fold_all(database):
    with database.write() as connection:
        assert not fold(connection, at_least=1)


def test_nothing_was_spent_where_nothing_is_noted(database):
    assert sums(database) == {}
    fold_all(database)
    assert (sums(database), folded(database)) == ({}, 0)


def test_rows_count_once_whether_they_are_folded_or_not(database):
    note(database, JOB, LLAMA)
    note(database, JOB, OTHER, workspace_id="ws_2")
    expected = {None: (2, 6, 0, 0, 0, 1.0), "llama": (0, 0, 2, 5_000_000_000, 0, 0.0), "other": (0, 0, 1, 0, 4, 0.0)}
    assert sums(database) == expected
    for _ in range(2):
        fold_all(database)
        assert sums(database) == expected
    note(database, LLAMA)
    assert sums(database) == {**expected, "llama": (0, 0, 4, 10_000_000_000, 0, 0.0)}
    fold_all(database)
    assert sums(database) == {**expected, "llama": (0, 0, 4, 10_000_000_000, 0, 0.0)}


def test_a_few_rows_are_not_worth_folding_and_many_are_folded_bit_by_bit(database, monkeypatch):
    monkeypatch.setattr(usage_totals, "_LAST_AT_ONCE", select_last(3))
    note(database, *[JOB] * 7)
    with database.write() as connection:
        assert not fold(connection, at_least=8)
    assert folded(database) == 0
    steps = []
    for _ in range(3):
        with database.write() as connection:
            steps.append(fold(connection, at_least=1))
        assert sums(database)[None][0] == 7
    assert steps == [True, True, False]


def select_last(at_once):
    some = usage_totals._NEXT.limit(at_once).subquery()
    return select(usage_totals.func.max(some.c.number))


def test_a_row_that_is_committed_behind_one_with_a_greater_number_is_not_left_out(postgres_database, monkeypatch):
    monkeypatch.setattr(usage_totals, "LOCK_SECONDS", 0.05)
    with postgres_database.write() as late:
        add_usage(late, "ws_1", [LLAMA])
        note(postgres_database, LLAMA)
        with pytest.raises(DatabaseUnavailable), postgres_database.write() as connection:
            fold(connection, at_least=1)
        assert sums(postgres_database)["llama"][2] == 2
    fold_all(postgres_database)
    assert sums(postgres_database)["llama"][2] == 4


def test_what_is_folded_is_not_looked_at_again(sqlite_database):
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        plans.extend(row[-1] for row in plan if row[-1].endswith("usage") or " usage " in row[-1])

    note(sqlite_database, JOB)
    fold_all(sqlite_database)
    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        usage_in_all(connection)
    assert plans == ["SEARCH usage USING INTEGER PRIMARY KEY (rowid>?)"]
