"""Partners at the door: a bearer key, its scopes, its pace."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from django.db.models import DurationField, Q, Value
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from pharmacy.accounts.models import ApiKey, Partner
from pharmacy.accounts.secrets import hash_of
from pharmacy.clock import AppNow

_HOUR = Value(dt.timedelta(hours=1), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: DRF wants something with is_authenticated."""

    partner: Partner
    key: ApiKey
    is_authenticated: bool = True

    @property
    def pk(self) -> int:
        """The key's id."""
        return self.key.pk


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests a key has in a window of seconds, how many are left, and when the oldest one counts no more."""

    most: int
    left: int
    window: int
    ends: int

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` as the IETF draft (ratelimit-headers) writes them."""
        return {
            "RateLimit-Policy": f'"partner";q={self.most};w={self.window}',
            "RateLimit": f'"partner";r={self.left};t={self.ends}',
        }


class BearerKey(BaseAuthentication):
    """`Authorization: Bearer rxk_…`. request.user is a Caller, request.auth the ApiKey."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        """The caller behind the key; None without the header; 401 for a key that is unknown, expired or revoked."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise AuthenticationFailed("Send the key as 'Authorization: Bearer rxk_…'.")
        text = words[1].decode("latin-1")
        alive = Q(expires_at=None) | Q(expires_at__gt=AppNow())
        key = (
            ApiKey.objects.select_related("partner")
            .filter(alive, hash=hash_of(text), revoked_at=None, partner__is_active=True)
            .first()
        )
        if key is None:
            raise AuthenticationFailed("This key is unknown, expired or revoked.")
        # Once an hour is exact enough for "last used", and keeps a write out of most requests.
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lt=AppNow() - _HOUR), pk=key.pk
        ).update(last_used_at=AppNow())  # fmt: skip
        return Caller(key.partner, key), key

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401, not 403."""
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The view's `scopes` ({"GET": "catalog:read"}) must all be among the key's; a view without scopes is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether this key may call this method of this view."""
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated("Send a key: 'Authorization: Bearer rxk_…'.")
        scopes: dict[str, str] = getattr(view, "scopes", {})
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS":
            return True
        return method not in scopes or scopes[method] in request.auth.scopes if scopes else False


class PerKey(SimpleRateThrottle):
    """So many requests a minute for each key (setting PARTNER_RATE)."""

    scope = "partner"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """One bucket a key; callers without one are turned away before."""
        return f"throttle:{request.auth.pk}" if isinstance(request.auth, ApiKey) else None

    def allow_request(self, request: Request, view: Any) -> bool:
        """As DRF, and noted on the request for the headers RateLimit and RateLimit-Policy."""
        allowed = super().allow_request(request, view)
        if isinstance(request.auth, ApiKey) and self.rate is not None:
            spent, window = len(self.history), int(self.duration)  # type: ignore[attr-defined]  # set by the base
            ends = max(1, math.ceil(self.history[-1] + window - self.now)) if self.history else window
            request._request.pace = Pace(self.num_requests, max(0, self.num_requests - spent), window, ends)  # type: ignore[attr-defined]
        return allowed


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = BearerKey
    name = "bearerKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer."""
        return {"type": "http", "scheme": "bearer"}
