"""Faults on demand: what `POST /_control` turns on, to see how the pharmacy takes it."""

from __future__ import annotations

import dataclasses
import re
import threading
from typing import Any

KINDS = ("slow", "late", "error", "close", "rate_limit", "unavailable", "refuse")


@dataclasses.dataclass
class Fault:
    """One fault of the API.

    slow: wait `seconds`, then work. late: work, wait, then answer. error: work, keep and answer a 500. close: work,
    then hang up. rate_limit, unavailable: answer 429 or 503 without working. refuse: hang up without working.
    """

    do: str
    times: int = 1
    seconds: float = 0.0
    method: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        if self.do not in KINDS:
            raise ValueError(f"do: one of {', '.join(KINDS)}")
        re.compile(self.path)

    def fits(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclasses.dataclass
class WebhookFaults:
    """How webhooks misbehave. `drop`: how many to lose (-1: all). `retry_base`: seconds to a second try; it doubles."""

    copies: int = 1
    shuffle: bool = False
    delay: float = 0.0
    drop: int = 0
    paused: bool = False
    retry_base: float = 1.0
    most_tries: int = 12


class Faults:
    """The faults in force. They are not kept over a restart."""

    def __init__(self, retry_base: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._ordinary = retry_base
        self.answers: list[Fault] = []
        self.webhooks = WebhookFaults(retry_base=retry_base)

    def set(self, wanted: dict[str, Any]) -> None:
        """Apply a control request; raises ValueError or TypeError when it makes no sense."""
        unknown = set(wanted) - {"reset", "answers", "webhooks"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        answers = [Fault(**one) for one in wanted.get("answers", [])]
        with self._lock:
            base = WebhookFaults(retry_base=self._ordinary) if wanted.get("reset") else self.webhooks
            self.webhooks = dataclasses.replace(base, **wanted.get("webhooks", {}))
            self.answers = ([] if wanted.get("reset") else self.answers) + answers

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request, used up by one."""
        with self._lock:
            for fault in self.answers:
                if fault.fits(method, path):
                    fault.times -= fault.times > 0
                    return fault
        return None

    def drops(self) -> bool:
        with self._lock:
            dropped = self.webhooks.drop != 0
            self.webhooks.drop -= self.webhooks.drop > 0
            return dropped

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": [dataclasses.asdict(one) for one in self.answers if one.times],
            "webhooks": dataclasses.asdict(self.webhooks),
        }
