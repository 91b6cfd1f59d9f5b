"""The environment of every process of ours: what the shell and .env say, else the demo's own.

Secrets are made once, into `var/secrets.env` (0600), and never printed.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pharmacy.run import programs, services
from pharmacy.run.place import REPOSITORY, NotRunnable, only_one, var_folder

# Commands that change the schema, or read and restore everything, work as the owner of the tables.
OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "flush", "verify", "backup", "restore", "rotate_keys"}
# Commands that need no database, and must not start one.
OFFLINE_COMMANDS = {"", "help", "version", "makemessages", "compilemessages", "startapp"}


def read_env(path: Path) -> dict[str, str]:
    """KEY=VALUE lines of a file; comments, blanks and one pair of quotes are dropped."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        key, mark, value = line.strip().removeprefix("export ").partition("=")
        if mark and key and not key.startswith("#"):
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            found[key.strip()] = value
    return found


def given() -> dict[str, str]:
    """The shell's variables, then those of .env; an empty value counts as not given."""
    return read_env(REPOSITORY / ".env") | {key: value for key, value in os.environ.items() if value}


def is_demo(variables: Mapping[str, str]) -> bool:
    """A demo unless DEMO says otherwise."""
    return variables.get("DEMO", "1").lower() in {"1", "true", "yes", "on"}


def demo_secrets() -> dict[str, str]:
    """The demo's secrets, made the first time; the same ever after."""
    path = var_folder() / "secrets.env"
    with only_one(var_folder() / "secrets.lock"):
        have = read_env(path)
        missing = {key: value for key, value in _new_secrets().items() if not have.get(key)}
        if missing:
            lines = [f"{key}={value}" for key, value in (have | missing).items()]
            _write_private(path, "\n".join(lines) + "\n")
    return have | missing


def prepare() -> dict[str, str]:
    """Every variable that our processes need, given or of the demo. Raises NotRunnable."""
    variables = given()
    if is_demo(variables):
        variables = demo_secrets() | variables | {"DEMO": "1"}
    elif not variables.get("DATABASE_URL") or not variables.get("REDIS_URL"):
        raise NotRunnable("DEMO=0 asks for real services: set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL.")
    os.environ.update(variables)
    return programs.with_standin(variables | services.attach().as_env())


def prepare_command(args: list[str]) -> None:
    """For manage.py: give a command the running demo, unless the environment names a database."""
    command = args[1] if len(args) > 1 else ""
    if command in OWNER_COMMANDS:
        os.environ.setdefault("AS_OWNER", "1")
    if command in OFFLINE_COMMANDS or given().get("DATABASE_URL") or not is_demo(given()):
        return
    os.environ.update(prepare())


def _new_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
    }


def _write_private(path: Path, text: str) -> None:
    """Replace the file in one step; nobody but its owner ever sees a byte."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
