"""The database and the broker: the addresses given in the environment, else embedded servers.

`up()` starts what is missing and gives the addresses; many processes may call it at once and all
attach to the same servers. `python -m pharmacy.run.services up|down|env [demo|test]`.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pharmacy.run import postgres, valkey
from pharmacy.run.place import (
    NotRunnable,
    account_for,
    only_one,
    socket_folder,
    state_folder,
)


@dataclass(frozen=True)
class Services:
    """Addresses: of the database for the app and for its owner, of the cache, of the broker."""

    database_url: str
    owner_url: str
    redis_url: str
    celery_broker_url: str

    def as_env(self) -> dict[str, str]:
        """The same under the names that settings read."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
            "CELERY_BROKER_URL": self.celery_broker_url,
        }


def up(state: Path | None = None) -> Services:
    """Start the embedded servers that no variable replaces, to stay; give every address.

    `state`: the folder of this set of servers (default: the demo's). Raises NotRunnable.
    """
    place = _place(state)
    with only_one(place / "lock"):
        (place / UNTIL_UNUSED).unlink(missing_ok=True)
        return _start(place)


def attach(state: Path | None = None) -> Services:
    """Like `up`, but servers started so stop when the last process that attached has ended."""
    place = _place(state)
    users = (place / "users").open("a")
    with only_one(place / "lock"):
        fcntl.flock(users, fcntl.LOCK_SH)
        if not running(place):
            (place / UNTIL_UNUSED).touch()
        services = _start(place)
    _ATTACHED.append((os.getpid(), place, users))
    return services


def down(state: Path | None = None) -> None:
    """Stop the embedded servers of this folder, in order; those given by address are left alone."""
    place = _place(state)
    with only_one(place / "lock"):
        _stop(place)


def running(state: Path | None = None) -> bool:
    """Whether an embedded server of this folder answers."""
    place = _place(state)
    return _valkey(place).answers() or (bool(_postgres(place).postmaster()) and _postgres(place).ready())


def test_services() -> Services:
    """Servers for tests, apart from the demo's; the last of the test runs to end stops them."""
    return attach(state_folder() / "test")


test_services.__test__ = False  # type: ignore[attr-defined]
UNTIL_UNUSED = "until-unused"
_ATTACHED: list[tuple[int, Path, IO[str]]] = []


def postgres_programs(state: Path | None = None) -> Path:
    """The folder with pg_dump, pg_restore and psql that fit the embedded server."""
    place = _place(state)
    return postgres.programs(place, account_for(place))


@atexit.register
def detach() -> None:
    """Give up every attachment of this process now instead of at its end."""
    while _ATTACHED:
        pid, place, users = _ATTACHED.pop()
        if pid == os.getpid() and place.exists():  # else we are a forked child, or the folder was thrown away
            _leave(place, users)


def _leave(place: Path, users: IO[str]) -> None:
    with only_one(place / "lock"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # others use the servers still
            users.close()
            return
        if (place / UNTIL_UNUSED).exists():
            _stop(place)
        users.close()


def _start(place: Path) -> Services:
    database, owner = _database(place)
    redis, broker = _redis(place)
    return Services(database, owner, redis, broker)


def _stop(place: Path) -> None:
    if (place / "pg18").exists():
        _postgres(place).stop()
    if (place / "valkey").exists():
        _valkey(place).stop()


def _place(state: Path | None) -> Path:
    place = (state or state_folder() / "demo").absolute()
    place.mkdir(mode=0o711, parents=True, exist_ok=True)
    return place.resolve()


def _postgres(place: Path) -> postgres.Postgres:
    account = account_for(place)
    return postgres.Postgres(
        bin=postgres.programs(place, account),
        data=place / "pg18",
        socket=socket_folder(place, account),
        account=account,
    )


def _valkey(place: Path) -> valkey.Valkey:
    account = account_for(place)
    return valkey.Valkey(
        program=valkey.program(place, account),
        data=place / "valkey",
        socket=socket_folder(place, account) / "valkey.sock",
        account=account,
    )


def _database(place: Path) -> tuple[str, str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        return given, os.environ.get("DATABASE_OWNER_URL") or given
    server = _postgres(place)
    server.start()
    return server.url(postgres.APP), server.url(postgres.OWNER)


def _redis(place: Path) -> tuple[str, str]:
    given, broker = os.environ.get("REDIS_URL"), os.environ.get("CELERY_BROKER_URL")
    if given:
        return given, broker or given.replace("unix://", "redis+socket://", 1)
    server = _valkey(place)
    server.start()
    return (
        f"unix://{server.socket}?db=0",
        broker or f"redis+socket://{server.socket}?virtual_host=1",
    )


def main(args: list[str]) -> int:
    """The command line; 0 when done, 1 with a sentence when not, 2 for a wrong call."""
    verb, name = (*args, "", "demo")[:2] if len(args) != 1 else (args[0], "demo")
    if verb not in {"up", "down", "env"} or name not in {"demo", "test"}:
        print(
            "usage: python -m pharmacy.run.services up|down|env [demo|test]",
            file=sys.stderr,
        )
        return 2
    try:
        if verb == "down":
            down(state_folder() / name)
            return 0
        for key, value in up(state_folder() / name).as_env().items():
            print(f"export {key}={shlex.quote(value)}")
    except NotRunnable as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
