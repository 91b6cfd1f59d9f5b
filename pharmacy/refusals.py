"""The answer is no: a typed answer with a stable code, an HTTP status and facts."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """A verb's answer is no. Subclasses stand beside their verb and say what is so: OutOfStock, AlreadyDecided.

    `detail` is a sentence for a person; `facts` are references (ids, codes, amounts), never health data.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "That can't be done"

    def __init__(self, detail: str = "", **facts: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.facts = facts


class NotAllowed(Refused):
    """This person may not do this."""

    code = "not-allowed"
    status = 403
    title = "You may not do this"


class NotFound(Refused):
    """There is no such thing, or it is somebody else's: both look alike."""

    code = "not-found"
    status = 404
    title = "Not found"


class NotPossible(Refused):
    """A thing can't go from the state it is in to the one asked for."""

    code = "not-possible"
    title = "That is not possible now"


class Overtaken(Refused):
    """Someone else changed it first."""

    code = "overtaken"
    title = "Someone else was quicker"


class Unreachable(Exception):
    """The outside world does not answer; asking again later is harmless."""
