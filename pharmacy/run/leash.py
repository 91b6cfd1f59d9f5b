"""Run a program that ends when the launcher ends, however that ends (Linux; elsewhere: at once or never).

    leash.py PARENT_PID PROGRAM ARGUMENT…

Replaces itself by the program, so the child's pid is the program's.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def end_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when our parent dies; ends at once if it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(143)


def adopt_orphans() -> None:
    """Become the parent of our children's orphans (Linux): in a container nobody else may ever bury them."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury_children(patience: float = 2.0) -> None:
    """Collect every child that has ended, and wait a moment for those that are just ending."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.02)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  # the launcher names the program
