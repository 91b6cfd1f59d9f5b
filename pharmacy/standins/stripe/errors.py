"""Errors as Stripe answers them: a status and {"error": {type, code, param, message, …}}."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An answer that is an error. `keeps` says that what was done until then stands (a declined charge is a charge)."""

    def __init__(self, status: int, *, keeps: bool = False, **error: Any) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.keeps = keeps
        self.error = {name: value for name, value in error.items() if value is not None}


class ParameterWrong(StripeError):
    """Refused before the endpoint ran, so no idempotent answer is kept for it."""


def wrong_parameter(param: str, message: str, code: str | None) -> ParameterWrong:
    return ParameterWrong(400, type="invalid_request_error", code=code, param=param, message=message)


def not_possible(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    return StripeError(400, type="invalid_request_error", code=code, param=param, message=message)


def missing(kind: str, identifier: str, param: str = "id") -> StripeError:
    return StripeError(
        404 if param in ("id", "intent", "session") else 400,
        type="invalid_request_error",
        code="resource_missing",
        param=param,
        message=f"No such {kind}: '{identifier}'",
    )


def declined(**error: Any) -> StripeError:
    """A card error (402). The failed charge and the intent's last error stay."""
    return StripeError(402, keeps=True, type="card_error", **error)


def unauthorised(key: str) -> StripeError:
    shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    return StripeError(401, type="invalid_request_error", message=f"Invalid API Key provided: {shown}")


def broken(message: str = "Something went wrong on our end. The stand-in was told to say so.") -> StripeError:
    return StripeError(500, type="api_error", message=message)
