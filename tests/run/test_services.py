"""The embedded servers: real ones, started once however many ask, and up again after any death."""

from __future__ import annotations

import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from tests.run.conftest import Installation

EXTENSIONS = {"pg_trgm", "unaccent", "btree_gist", "citext"}


def up(installation: Installation) -> dict[str, str]:
    said = installation.services("up")
    assert said.returncode == 0, said.stderr
    lines = (line.removeprefix("export ").partition("=") for line in said.stdout.splitlines())
    return {key: value.strip("'") for key, _, value in lines}


def server_pid(installation: Installation) -> int:
    data = installation.var / "state" / "demo" / "pg18"
    return int((data / "postmaster.pid").read_text().split()[0])


def valkey_pid(installation: Installation) -> int:
    return int((installation.var / "state" / "demo" / "valkey" / "valkey.pid").read_text())


def test_the_owner_may_change_the_schema_and_the_app_may_not(installation: Installation) -> None:
    urls = up(installation)

    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for extension in EXTENSIONS:
            owner.execute(f"CREATE EXTENSION {extension}")
        owner.execute("CREATE TABLE thing (id int)")
        owner.execute("CREATE DATABASE for_a_test")
    with psycopg.connect(urls["DATABASE_URL"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE other (id int)")
    with psycopg.connect(urls["DATABASE_URL"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("DROP TABLE thing")


def test_servers_killed_outright_come_back_with_every_row(installation: Installation) -> None:
    urls = up(installation)
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE thing AS SELECT generate_series(1, 5000) AS id")
    redis.Redis.from_url(urls["REDIS_URL"]).set("kept", "yes")
    redis.Redis.from_url(urls["REDIS_URL"]).execute_command("WAITAOF", 1, 0, 2000)

    os.kill(server_pid(installation), signal.SIGKILL)
    os.kill(valkey_pid(installation), signal.SIGKILL)
    urls = up(installation)

    with psycopg.connect(urls["DATABASE_URL"].replace("pharmacy_app@", "pharmacy_owner@")) as owner:
        assert owner.execute("SELECT count(*) FROM thing").fetchone() == (5000,)
    assert redis.Redis.from_url(urls["REDIS_URL"]).get("kept") == b"yes"


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(installation: Installation) -> None:
    up(installation)
    assert installation.services("down").returncode == 0
    (installation.var / "state" / "demo" / "pg18" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    urls = up(installation)

    psycopg.connect(urls["DATABASE_URL"]).close()


def test_an_initdb_that_was_cut_off_is_begun_again(installation: Installation) -> None:
    up(installation)
    installation.services("down")
    (installation.var / "state" / "demo" / "pg18" / "PG_VERSION").unlink()

    urls = up(installation)

    psycopg.connect(urls["DATABASE_URL"]).close()


def test_data_of_another_major_version_is_refused_with_a_sentence(installation: Installation) -> None:
    up(installation)
    installation.services("down")
    version = installation.var / "state" / "demo" / "pg18" / "PG_VERSION"
    version.write_text("17\n")

    said = installation.services("up")

    version.write_text("18\n")
    assert said.returncode == 1
    assert "was written by PostgreSQL 17" in said.stderr


def test_starts_at_the_same_moment_share_one_server(installation: Installation) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: installation.services("up"), range(4)))

    assert [answer.returncode for answer in answers] == [0] * 4, answers
    assert len({answer.stdout for answer in answers}) == 1
    masters = [process for process in installation.processes() if "-D" in process.cmdline()]
    assert len(masters) == 1


def test_down_leaves_no_process(installation: Installation) -> None:
    up(installation)
    assert installation.processes()

    assert installation.services("down").returncode == 0

    assert installation.processes() == []


def test_the_last_one_attached_stops_what_attaching_started(installation: Installation) -> None:
    said = installation.python("-c", "from pharmacy.run.services import attach; print(attach().database_url)")

    assert "pharmacy_app@" in said.stdout, said.stderr
    assert installation.processes() == []


def test_nobody_else_can_reach_the_sockets(installation: Installation) -> None:
    urls = up(installation)

    folder = Path(parse_qs(urlsplit(urls["DATABASE_URL"]).query)["host"][0])

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((installation.var / "state" / "demo" / "pg18").stat().st_mode) == 0o700


def test_given_addresses_start_nothing(installation: Installation) -> None:
    said = installation.python(
        "-m",
        "pharmacy.run.services",
        "env",
        DATABASE_URL="postgresql://app@db.example/pharmacy",
        DATABASE_OWNER_URL="postgresql://owner@db.example/pharmacy",
        REDIS_URL="redis://cache.example:6379/0",
    )

    assert "postgresql://owner@db.example/pharmacy" in said.stdout
    assert "CELERY_BROKER_URL=redis://cache.example:6379/0" in said.stdout
    assert installation.processes() == []
