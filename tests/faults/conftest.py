"""One stack for all fault tests; each test leaves it whole."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.rehearsal import Rehearsal, rehearsal


@pytest.fixture(scope="session")
def _stack() -> Iterator[Rehearsal]:
    with rehearsal("faults-" + os.environ.get("TEST_DB", "main")) as one:
        yield one


@pytest.fixture
def pharmacy(_stack: Rehearsal) -> Iterator[Rehearsal]:
    """The running pharmacy, sound before and after each test."""
    _stack.stripe.control(reset=True)
    yield _stack
    _stack.stripe.control(reset=True)
    _stack.stack.until(_stack.stack.is_ready, 60, "the stack is ready again after the test")
