"""The roles of `deploy/postgres/roles.sql` in a database for tests, whose server trusts whoever connects."""

import subprocess
from pathlib import Path

from bench.servers import postgres_program

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "roles.sql"


def make_roles(url: str) -> tuple[str, str]:
    """The database's URLs as the owner of the tables and as the services; `url` is a superuser's."""
    given = ["-v", "ON_ERROR_STOP=1", "-v", "owner_password=o'wner", "-v", "service_password=service"]
    address = url.replace("+psycopg", "")
    subprocess.run(
        [postgres_program("psql"), "-qX", *given, "-f", SCRIPT, address], check=True, stdout=subprocess.DEVNULL
    )
    return url.replace("sheaf@", "sheaf_owner@"), url.replace("sheaf@", "sheaf_service@")
