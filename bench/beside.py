"""A stock django-oscar beside the pharmacy: same machine, same PostgreSQL, same web server, as many products."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil

from bench import measure
from bench.measure import Row
from bench.stack import Stack
from pharmacy.run import leftovers, postgres, programs
from pharmacy.run.place import REPOSITORY, NotRunnable

# Pinned, so that two runs measure the same shop.
PACKAGES: Final = (
    "django-oscar[sorl-thumbnail]==4.2.1",
    "pillow",
    "psycopg[binary]>=3.2",
    "gunicorn>=23",
    "setuptools",
)
PRODUCTS: Final = (
    "SELECT json_agg(json_build_array(name || ' ' || strength, coalesce(nullif(shelf, ''), 'other'), 620) ORDER BY id)"
    " FROM catalog_product WHERE withdrawn_at IS NULL"
)


def python_of_oscar(console: Any) -> Path:
    """The interpreter of a venv that holds Oscar, made on first use. Raises NotRunnable when PyPI can't be reached."""
    place = REPOSITORY / "var" / "bench" / "oscar"
    python = place / "bin" / "python"
    if not (place / "made").exists():
        with console.status("django-oscar from PyPI, in a venv of its own …"):
            subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
            got = subprocess.run(
                [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES],
                capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
        if got.returncode:
            raise NotRunnable(f"django-oscar could not be installed: {got.stderr.strip()[-300:]}")
        (place / "made").touch()
    return python


@contextmanager
def oscar(stack: Stack, python: Path) -> Iterator[tuple[int, dict[str, Any], psutil.Process]]:
    """(port, addresses, process) of a running Oscar that has the pharmacy's products."""
    stack.postgres.sql("DROP DATABASE IF EXISTS oscar")
    stack.postgres.sql(f"CREATE DATABASE oscar OWNER {postgres.OWNER}")
    variables = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "bench.oscar.settings", "OSCAR_ROLE": postgres.OWNER,
        "OSCAR_SOCKET": str(stack.postgres.socket), "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    made = subprocess.run(
        [python, "-m", "bench.oscar.fill"], input=stack.sql(PRODUCTS)[0][0], env=variables, cwd=REPOSITORY,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"Oscar could not be filled: {made.stderr[-1500:]}")
    stack.postgres.sql("VACUUM ANALYZE", "oscar")
    port = leftovers.free_port(stack.port + 20)
    command = programs.web({**stack.variables, "PORT": str(port)})
    command = [str(python), *command[1:]]
    command[command.index("pharmacy.wsgi:application")] = "bench.oscar.wsgi:application"
    log = (stack.var / "log" / "oscar.log").open("w")
    server = subprocess.Popen(command, env=variables, cwd=REPOSITORY, stdout=log, stderr=log)
    try:
        _wait(port, Path(log.name))
        yield port, json.loads(made.stdout.strip().splitlines()[-1]), psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def rows(stack: Stack, console: Any, words: list[str], *, clients: int, each: int) -> Iterator[Row]:
    """Oscar's product page, listing and search, asked by the same visitors."""
    python = python_of_oscar(console)
    with console.status("Oscar's schema and products …"), oscar(stack, python) as (port, shown, server):
        for name, paths in (
            ("django-oscar: product page", shown["products"]),
            ("django-oscar: listing", shown["categories"]),
            ("django-oscar: search", [f"/search/?q={quote(word)}" for word in words]),
        ):
            yield _pages(port, server, name, paths, clients=clients, each=each)


OURS: Final = (("product page", "product page"), ("listing", "shelf"), ("search", "search"))


def multiples(found: list[Row]) -> list[str]:
    """How many times Oscar's rate each page of ours reaches, where both were measured in this run."""
    rates = {row.name: row.rate for row in found}
    return [
        f"{ours}: {rates[ours] / rates[f'django-oscar: {theirs}']:.1f} × django-oscar in this run."
        for theirs, ours in OURS
        if ours in rates and f"django-oscar: {theirs}" in rates
    ]


def _pages(port: int, server: psutil.Process, name: str, paths: list[str], *, clients: int, each: int) -> Row:
    job = {"port": port, "clients": clients, "each": each, "paths": paths, "cookies": {}}
    measure.generate({**job, "each": max(3, each // 20)})
    before = _cpu(server)
    seen = measure.generate(job)
    return measure.row_of(name, clients, seen, cpu_ms=(_cpu(server) - before) / len(seen["ms"]) * 1000)


def _cpu(server: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in [server, *server.children(recursive=True)])


def _wait(port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/catalogue/", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"Oscar does not answer: {log.read_text()[-1500:]}")
