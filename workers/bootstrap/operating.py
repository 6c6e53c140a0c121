"""What an operator does to the database without a running service, or beside one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipeline.access.operating import Operator
from pipeline.settings import Settings
from workers.bootstrap.stores import make_data_folder, open_database, open_secrets


def migrate(settings: Settings) -> None:
    """Bring the tables to this version's form, as the role that owns them; services then need not be it.

    Raises:
        SettingsError: the database cannot be used as the settings say, or the role may not change its tables.
        DatabaseUnavailable: it does not answer.
    """
    if settings.database_url is None:
        make_data_folder(settings)
    with closing(open_database(settings)) as database:
        database.migrate()


@contextmanager
def operating(settings: Settings) -> Iterator[Operator]:
    """What changes workspaces without a running service, or beside one.

    Raises:
        SettingsError: the database cannot be used as the settings say.
    """
    make_data_folder(settings)
    with closing(open_database(settings)) as database:
        database.migrate()
        yield Operator(database, open_secrets(settings), settings.limits)
