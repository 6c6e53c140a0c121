"""Who calls: an API key becomes a caller, bound to one workspace."""

from dataclasses import dataclass

from pipeline.access.keys import check_scope, matches, parse_key
from pipeline.errors import Unauthenticated
from pipeline.settings import Limits
from pipeline.stores.records import keys as key_records
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import current_time
from schemas.keys import Scope

LAST_USED_STEP_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Whoever holds a key. Everything that is done for a caller is done in `workspace_id`."""

    workspace_id: str
    key_id: str
    scopes: tuple[str, ...]
    limits: Limits | None = None
    """What the workspace may do; `None` where nobody has looked."""

    @property
    def actor(self) -> str:
        """How audit events name the caller."""
        return f"key:{self.key_id}"

    def check(self, needed: Scope) -> None:
        """Whether the caller may do something.

        Raises:
            PermissionDenied: the key lacks the scope.
        """
        check_scope(self.scopes, needed)


def authenticate(database: Database, text: str) -> Caller:
    """The caller with this key.

    `last_used_at` follows at most once a minute, so that reading does not become writing.

    Raises:
        Unauthenticated: it is no key, or one that was revoked or has expired.
        DatabaseUnavailable: nobody can be told apart now.
    """
    key_id = parse_key(text)
    with database.read() as connection:
        key = key_records.find_key(connection, key_id)
        now = current_time(connection)
    # An unknown key is compared too, so that the time taken does not tell whether its id exists.
    if not matches(text, key.hash if key else "") or key is None:
        raise Unauthenticated("the API key is not known, was revoked, or has expired")
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP_SECONDS:
        with database.write() as connection:
            key_records.touch_key(connection, key.id)
    return Caller(workspace_id=key.workspace_id, key_id=key.id, scopes=tuple(key.scopes))
