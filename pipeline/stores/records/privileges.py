"""What the services' role on PostgreSQL may not do with rows, though it may do everything with those of other tables.

`deploy/postgres/roles.sql` lets that role write to every table there will be, and takes this away from those there are.
A new database has no tables yet when that script runs: so whoever owns them takes it away after each migration.
"""

from sqlalchemy import Connection, text

SERVICE_ROLE = "sheaf_service"
REVOKED = {
    # Its chain of hashes shows what was changed, but not that the newest events were taken away.
    "audit_events": ("UPDATE", "DELETE"),
    # A service that took this for another version would be let in to tables of a form that it does not know.
    "alembic_version": ("INSERT", "UPDATE", "DELETE"),
}
_GRANTED = text(
    "SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a, pg_roles r"
    " WHERE r.rolname = :role AND a.grantee = r.oid AND c.relname = ANY(:tables) AND pg_table_is_visible(c.oid)"
    " AND pg_has_role(c.relowner, 'USAGE')"
)


def revoke(connection: Connection) -> None:
    """Take it away, where there is such a role and the present one owns the tables. Nothing to do on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    granted = connection.execute(_GRANTED, {"role": SERVICE_ROLE, "tables": list(REVOKED)}).all()
    for table, privilege in granted:
        if privilege in REVOKED[table]:
            connection.execute(text(f"REVOKE {privilege} ON {table} FROM {SERVICE_ROLE}"))
