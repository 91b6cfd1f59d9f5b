"""The schema, migrated once: test databases are copies of it, and rehearsals begin with a dump of it.

Migrating from nothing takes half a minute of a core and a run needs five such databases. The launcher's tests still
migrate from nothing. A copy is good for as long as nothing that shapes a schema has changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from pharmacy.run import postgres
from pharmacy.run.place import REPOSITORY, account_for, only_one, run_server_tool, socket_folder, state_folder
from pharmacy.run.steps import fingerprint, sources

DRAFT = "being_made"


@dataclass(frozen=True)
class ReadyMade:
    """A database to copy from on the test servers, and its dump for clusters of their own."""

    template: str
    dump: Path

    def as_one(self) -> str:
        """The dump as SQL that comes in whole or not at all."""
        return f"BEGIN;\n{self.dump.read_text()}\nCOMMIT;\n"


def place(name: str) -> Path:
    """A folder for servers, beside the demo's and the tests' own."""
    with pytest.MonkeyPatch.context() as shell:
        shell.delenv("VAR_DIR", raising=False)  # the test run's own: servers of a sibling do not belong into it
        return state_folder() / name


def ready_made() -> ReadyMade | None:
    """The migrated schema, made now unless it is there; None on a server of somebody's own, where nothing is kept."""
    here = place("test").resolve()
    if quote(str(socket_folder(here, account_for(here)))) not in os.environ["DATABASE_URL"]:
        return None
    digest, server = _digest(), server_of_tests()
    made = ReadyMade(f"made_{digest}", here / f"made_{digest}.sql")
    with only_one(here / "ready-made.lock"):
        if not (made.dump.exists() and _exists(server, made.template)):
            _make(server, made)
    return made


def server_of_tests() -> postgres.Postgres:
    """The embedded server of test databases."""
    here = place("test").resolve()
    account = account_for(here)
    return postgres.Postgres(postgres.programs(here, account), here / "pg18", socket_folder(here, account), account)


def dumped(server: postgres.Postgres, database: str) -> str:
    """All of a database as SQL, with owners and rights."""
    where = ("-h", server.socket, "-U", "postgres", "-d", database)
    return run_server_tool([server.bin / "pg_dump", *where], server.account)


def _digest() -> str:
    """Of all that a schema is made by: migrations, what they import and what runs after them, Django, PostgreSQL."""
    files = [path for folder in ("migrations", "models", "rules") for path in sources(folder, "*.py")]
    files += [*(REPOSITORY / "pharmacy").glob("*.py"), Path(postgres.__file__), Path(__file__), REPOSITORY / "uv.lock"]
    return fingerprint(files)[:12]


def _exists(server: postgres.Postgres, name: str) -> bool:
    return server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") != ""


def _make(server: postgres.Postgres, made: ReadyMade) -> None:
    """The name comes last, so that what has it is whole, whenever somebody was killed."""
    _throw_away(server, made)
    server.sql(f"DROP DATABASE IF EXISTS {DRAFT} WITH (FORCE)")
    server.sql(f"CREATE DATABASE {DRAFT} OWNER {postgres.OWNER}")
    _migrate(server)
    draft = made.dump.with_suffix(".part")
    draft.write_text(dumped(server, DRAFT))
    draft.replace(made.dump)
    server.sql(f"ALTER DATABASE {DRAFT} RENAME TO {made.template}")


def _throw_away(server: postgres.Postgres, made: ReadyMade) -> None:
    """All but the last one, which another run may be about to copy."""
    old = server.sql(
        f"SELECT datname FROM pg_database WHERE datname ~ '^made_' AND datname <> '{made.template}' ORDER BY oid"
    )
    for name in [made.template, *old.split()[:-1]]:
        server.sql(f"DROP DATABASE IF EXISTS {name}")
        made.dump.with_name(f"{name}.sql").unlink(missing_ok=True)


def _migrate(server: postgres.Postgres) -> None:
    """As the owner of the tables, which is no superuser: as an installation does."""
    addresses = {
        "DATABASE_URL": server.url(postgres.APP, DRAFT),
        "DATABASE_OWNER_URL": server.url(postgres.OWNER, DRAFT),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput"], cwd=REPOSITORY, text=True, check=False,
        env=os.environ | addresses | {"AS_OWNER": "1"}, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the schema could not be made:\n{done.stdout}{done.stderr}")


def schema() -> str:
    """SQL for a cluster of one's own to begin with; "" where there is none, and it must migrate."""
    made = ready_made()
    return made.as_one() if made else ""
