"""What whoever runs the service does to workspaces: it needs no key, for the database lies open to them anyway."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.access.closing import Holdings, check_deletable, close_workspace, holdings, receipt
from pipeline.access.index_operator import IndexOperator
from pipeline.access.issuing import SYSTEM, ensure_workspace, issue_key
from pipeline.access.keys import SCOPES
from pipeline.access.limits import limits_of
from pipeline.access.recounting import recount
from pipeline.access.secrets import SecretBox
from pipeline.errors import ConflictError, InvalidRequest, NotFound
from pipeline.settings import Limits
from pipeline.stores.records import audit, stored_bytes, workspaces
from pipeline.stores.records.audit import AuditEvent
from pipeline.stores.records.database import Database
from pipeline.stores.records.stored_bytes import Recount

MAX_NAME_LENGTH = 120
MAX_DAYS = 36_525.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A workspace with the limits that hold for it, and the bytes of files that it stores."""

    id: str
    name: str
    limits: Limits
    stored: int
    deleted: bool
    """Whether it is closed, and what it holds is being removed."""


class Operator(IndexOperator):
    """Makes workspaces, gives them limits of their own, counts what they store, and looks after the index."""

    def __init__(self, database: Database, secrets: SecretBox, defaults: Limits) -> None:
        super().__init__(database)
        self._secrets = secrets
        self._defaults = defaults

    def workspaces(self) -> list[Workspace]:
        """All of them, oldest first."""
        with self._database.read() as connection:
            found = workspaces.list_workspaces(connection)
            stored = stored_bytes.of_workspaces(connection)
        return [
            Workspace(
                id=one.id,
                name=one.name,
                limits=limits_of(self._defaults, one.limits),
                stored=stored.get(one.id, 0),
                deleted=one.deleted_at is not None,
            )
            for one in found
        ]

    def create(self, name: str) -> str:
        """A new workspace; the text of its first key, which has all scopes.

        Raises:
            InvalidRequest: the name is none.
            ConflictError: there is one of that name.
        """
        if not (0 < len(name) <= MAX_NAME_LENGTH and name.isprintable()):
            raise InvalidRequest(f"a workspace's name is 1 to {MAX_NAME_LENGTH} printable characters", field="name")
        with self._database.read() as connection:
            if workspaces.find_workspace(connection, name) is not None:
                raise ConflictError(f"there is a workspace {name!r} already")
        made = ensure_workspace(self._database, self._secrets, name)
        issued = issue_key(
            self._database, workspace_id=made.id, name="first", scopes=list(SCOPES), expires_in=None, actor=SYSTEM
        )
        return issued.text

    def holdings(self, name: str) -> Holdings:
        """What a workspace that may be deleted holds, by its name or its id.

        Raises:
            NotFound: there is none.
            InvalidRequest: it is the one that a service cannot be without.
            ConflictError: it is the only one.
        """
        check_deletable(self._database, name)
        return holdings(self._database, name)

    def delete(self, name: str, *, by: str) -> Holdings:
        """Close a workspace, which a running service then removes; what it held. `by` is who does it.

        Raises: as `holdings`.
        """
        return close_workspace(self._database, name, by=by)

    def left(self, workspace_id: str) -> int | None:
        """How many documents of a closed workspace are to be removed yet; `None` when nothing is left of it."""
        try:
            return holdings(self._database, workspace_id).documents
        except NotFound:
            return None

    def receipt(self, workspace_id: str) -> dict[str, int]:
        """What was removed of a workspace of which nothing is left.

        Raises:
            NotFound: there was none of that id, or something is left.
        """
        return receipt(self._database, workspace_id)

    def events(self, name: str) -> Iterator[AuditEvent]:
        """The audit log of a workspace, by its name or its id, oldest first; also of one of which nothing else is left.

        Raises:
            NotFound: there was none.
        """
        with self._database.read() as connection:
            found = workspaces.find_workspace(connection, name)
            workspace_id = name if found is None else found.id
            if found is None and audit.last_event(connection, name) is None:
                raise NotFound(f"there is no workspace {name!r}")
        after = 0
        while events := self._page(workspace_id, after):
            yield from events
            after = events[-1].number

    def _page(self, workspace_id: str, after: int) -> list[AuditEvent]:
        with self._database.read() as connection:
            return audit.list_events(connection, workspace_id, after=after)

    def limit(self, name: str, limits: Mapping[str, int], *, reset: bool = False) -> None:
        """Limits of the workspace's own, beside those it has, or with `reset` instead of them.

        Raises:
            NotFound: there is no workspace of that name.
        """
        with self._database.write(durable=True) as connection:
            found = workspaces.find_workspace(connection, name)
            if found is None:
                raise NotFound(f"there is no workspace {name!r}")
            own = {**({} if reset else found.limits), **limits}
            workspaces.set_limits(connection, found.id, own)
            audit.add_event(
                connection,
                workspace_id=found.id,
                actor=SYSTEM,
                action="workspace.limited",
                object_id=found.id,
                named=own,
            )

    def recount(self, name: str | None = None, *, mend: bool = True) -> list[tuple[str, Recount]]:
        """Each workspace, or the one of that name, with what is counted of it and what it stores.

        With `mend` they are the same from here on.

        Raises:
            NotFound: there is no workspace of that name.
        """
        with self._database.read() as connection:
            there = [one for one in workspaces.list_workspaces(connection) if one.deleted_at is None]
        wanted = [one for one in there if name in (None, one.name)]
        if name is not None and not wanted:
            raise NotFound(f"there is no workspace {name!r}")
        return [(one.name, recount(self._database, one.id, mend=mend, actor=SYSTEM)) for one in wanted]

    def retention(self, name: str) -> dict[str, float]:
        """Days by class, as `retain` set them.

        Raises:
            NotFound: there is no workspace of that name.
        """
        with self._database.read() as connection:
            found = workspaces.find_workspace(connection, name)
        if found is None:
            raise NotFound(f"there is no workspace {name!r}")
        return dict(found.retention)

    def retain(self, name: str, classes: Mapping[str, float]) -> None:
        """The workspace's documents are deleted after so many days, by class; others than these it has no more.

        Raises:
            NotFound: there is no workspace of that name.
            InvalidRequest: a class cannot be called so, or the days are no positive number.
        """
        for named, days in classes.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", named) or named == "none" or not 0 < days <= MAX_DAYS:
                raise InvalidRequest(f"{named}={days:g}: a class is a short lower-case name, its days a number above 0")
        with self._database.write(durable=True) as connection:
            found = workspaces.find_workspace(connection, name)
            if found is None:
                raise NotFound(f"there is no workspace {name!r}")
            workspaces.set_retention(connection, found.id, dict(classes))
            audit.add_event(
                connection,
                workspace_id=found.id,
                actor=SYSTEM,
                action="workspace.retention",
                object_id=found.id,
                named={named: str(days) for named, days in classes.items()},
            )
