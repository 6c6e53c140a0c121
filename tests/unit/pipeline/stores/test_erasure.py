"""What is removed with a workspace."""

import importlib
import pkgutil

from pipeline.stores import records
from pipeline.stores.records import erasure
from pipeline.stores.records.tables import metadata


def test_every_table_is_emptied_or_known_to_stay() -> None:
    """A table that nobody thought of would keep its rows of a workspace that is gone."""
    for module in pkgutil.iter_modules(records.__path__, f"{records.__name__}."):
        importlib.import_module(module.name)
    plan = [*erasure.OF_DOCUMENTS, *erasure.OF_WORKSPACES, *erasure.IN_ORDER, *erasure.OF_NO_WORKSPACE]
    assert sorted(table.name for table in plan) == sorted(metadata.tables)


def test_what_refers_to_a_row_goes_before_it() -> None:
    """Of tables that are emptied one by one."""
    order = [*erasure.OF_WORKSPACES]
    for place, table in enumerate(order):
        later = {other.name for other in order[:place]}
        assert not {key.column.table.name for key in table.foreign_keys} & later
