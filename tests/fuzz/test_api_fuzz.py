"""Whatever a partner sends, the API answers as its own description says, and never with a fault of ours.

`FUZZ_SECONDS` says for how long (60 by default; `make fuzz` takes ten minutes). Calls go through WSGI, no socket.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pharmacy.accounts.api import PerKey
from tests.shop.catalog import baclofen, ibuprofen, plasters

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_request_breaks_the_api(acme: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    monkeypatch.setattr(PerKey, "allow_request", lambda *_: True)  # its own tests count the pace
    for stock in (baclofen, ibuprofen, plasters):
        stock()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    calls = [found.ok() for found in schema.get_all_operations()]
    assert calls
    share = SECONDS / len(calls)
    tried = {call.label: _fuzz(call, acme, until=time.monotonic() + share) for call in calls}

    assert all(tried.values()), f"not tried: {[label for label, n in tried.items() if not n]}"


def _fuzz(call: schemathesis.schemas.APIOperation, key: str, *, until: float) -> int:
    """Cases of one call until its time is up; how many were sent."""
    tried = 0

    @hypothesis.settings(
        max_examples=1_000_000, deadline=None, database=None, phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=call.as_strategy())
    def send(case: schemathesis.Case) -> None:
        nonlocal tried
        if time.monotonic() > until:
            raise _TimeIsUp
        answer = case.call(headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"})
        case.validate_response(answer, checks=list(CHECKS))
        tried += 1

    with suppress(_TimeIsUp):
        send()
    return tried


class _TimeIsUp(BaseException):
    """Ends a call's share without being taken for a fault."""
