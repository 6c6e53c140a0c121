"""The migrations of the database."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from pipeline.stores.records.database import MIGRATIONS


def test_migrations_follow_one_another_and_are_named_by_their_numbers() -> None:
    """Two that were written at the same time take the same number, and no database can be brought to either."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    chain = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [script.revision for script in reversed(chain)] == [f"{number + 1:04d}" for number in range(len(chain))]
    assert sorted(path.stem[:4] for path in MIGRATIONS.glob("versions/0*.py")) == [
        script.revision for script in reversed(chain)
    ]
