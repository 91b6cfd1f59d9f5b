"""Problem details as the API's description shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ProblemFaultShape(serializers.Serializer[Any]):
    """One fault of what was sent."""

    pointer = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemFaultShape(many=True, required=False)  # type: ignore[assignment]  # as RFC 9457 calls it
