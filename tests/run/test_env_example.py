"""The list of variables is whole, and names nothing that is not read."""

from __future__ import annotations

import re

from tests.run.conftest import REPOSITORY

READ = re.compile(r"""env\.\w+\(\s*['"]([A-Z_]+)['"]""")
LAUNCHER = re.compile(r"""variables(?:\.get\(|\[)['"]([A-Z_]+)['"]""")
LISTED = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)


def test_env_example_lists_exactly_what_is_read() -> None:
    read = set(READ.findall((REPOSITORY / "pharmacy" / "settings.py").read_text()))
    for path in (REPOSITORY / "pharmacy" / "run").glob("*.py"):
        read |= set(LAUNCHER.findall(path.read_text()))

    listed = set(LISTED.findall((REPOSITORY / ".env.example").read_text()))

    assert listed == read
