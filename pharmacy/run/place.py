"""Where run-time files live, and as whom the embedded servers run.

`var/` in the clone holds secrets, logs and the servers' data (`var/state`). Servers refuse to run
as root, so for root `var/state` is a link to a folder of its own under /var/lib that an
unprivileged account can reach; the permissions of the clone and its parents are never touched.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEM_STATE = Path("/var/lib/open-pharmacy")
LONGEST_SOCKET_FOLDER = 80  # sun_path holds about 104 bytes, ".s.PGSQL.5432.lock" included


class NotRunnable(Exception):
    """The machine or the clone is not in a state that we can start from; says what to do."""


@dataclass(frozen=True)
class Account:
    """The account that servers run as; None means as ourselves."""

    uid: int
    gid: int


def var_folder() -> Path:
    """`VAR_DIR`, else `var/` in the clone; created when missing. Raises NotRunnable."""
    folder = Path(os.environ.get("VAR_DIR") or REPOSITORY / "var").absolute()
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as problem:
        raise NotRunnable(f"{folder} can't be created: {problem.strerror}.") from problem
    return folder


def state_folder() -> Path:
    """The folder under which each set of servers ("demo", "test") has its own folder.

    Raises NotRunnable when it belongs to root and we are not root.
    """
    link = var_folder() / "state"
    if os.geteuid() == 0 and not link.exists():
        if link.is_symlink():
            link.unlink()
        SYSTEM_STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
        target = SYSTEM_STATE / secrets.token_hex(4)
        target.mkdir(mode=0o711)
        try:
            link.symlink_to(target)
        except FileExistsError:  # another start won the race
            target.rmdir()
    elif not link.exists() and not link.is_symlink():
        link.mkdir(mode=0o711, exist_ok=True)
    if not os.access(link, os.W_OK | os.X_OK):
        raise NotRunnable(
            f"{link} belongs to another user. Run as that user, "
            "or remove the clone's var/ folder to begin with an empty database."
        )
    return link.resolve()


def account_for(state: Path) -> Account | None:
    """Whom servers with data in `state` run as: root hands over to the folder's owner or nobody."""
    if os.geteuid() != 0:
        return None
    owner = state.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(nobody.pw_uid, nobody.pw_gid)


def private_folder(folder: Path, account: Account | None) -> Path:
    """Create `folder` for the servers alone (0700); refuses one that is a link or another's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    ours = {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in ours:
        raise NotRunnable(f"{folder} exists and is not ours; remove it and start again.")
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def socket_folder(state: Path, account: Account | None) -> Path:
    """A private folder for sockets whose path is short enough for the kernel."""
    folder = state / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(os.fsencode(state)).hexdigest()[:10]
        folder = Path("/tmp") / f"open-pharmacy-{os.geteuid()}-{name}"  # noqa: S108  # private_folder refuses a planted one
    return private_folder(folder, account)


def reachable(path: Path, account: Account | None) -> bool:
    """Whether the account may enter every folder on the way to `path`."""
    if account is None:
        return True
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold an exclusive file lock; the kernel drops it with the process, however that ends."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_server_tool(
    args: Sequence[str | Path],
    account: Account | None,
    *,
    env: Mapping[str, str] | None = None,
    feed: str = "",
) -> str:
    """Run a program as the servers' account in a session of its own; give what it wrote.

    Raises NotRunnable with its output when it fails.
    """
    clean = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "HOME": "/",
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
        given.write(feed.encode())
        given.seek(0)
        # Output goes to a file, not a pipe: a server that stays would keep a pipe open for ever.
        done = subprocess.run(
            [str(arg) for arg in args],
            stdin=given,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean | dict(env or {}),
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            timeout=120,
            check=False,
        )
        out.seek(0)
        said = out.read().decode(errors="replace")
    if done.returncode:
        raise NotRunnable(f"{Path(args[0]).name} failed ({done.returncode}):\n{said.strip()}")
    return said
