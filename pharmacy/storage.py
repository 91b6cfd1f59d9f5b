"""STORAGE_URL read into Django's storage settings: a folder, or a bucket of an S3 service."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class BadStorageUrl(ValueError):
    """STORAGE_URL says neither a folder nor a bucket."""


def storage_of(url: str) -> dict[str, Any]:
    """The `STORAGES["default"]` of an address. Raises BadStorageUrl.

    `file:///srv/files`, or `s3://KEY:SECRET@BUCKET/prefix?endpoint=https://…&region=eu-central-1`. Without key and
    secret the S3 client looks for its own (environment, instance role); without endpoint it speaks to AWS.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        location = url.removeprefix("file://")
        options: dict[str, Any] = {"location": location, "file_permissions_mode": 0o600}
        return {"BACKEND": "pharmacy.files.DurableFiles", "OPTIONS": options}
    if parts.scheme != "s3" or not parts.hostname:
        raise BadStorageUrl("STORAGE_URL is file:///a/folder or s3://KEY:SECRET@BUCKET/prefix?endpoint=…&region=…")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options = {
        "bucket_name": parts.netloc.rpartition("@")[2].partition(":")[0],
        "location": parts.path.strip("/"),
        "access_key": unquote(parts.username or "") or None,
        "secret_key": unquote(parts.password or "") or None,
        "endpoint_url": asked.get("endpoint") or None,
        "region_name": asked.get("region") or None,
        "addressing_style": asked.get("addressing") or ("path" if "endpoint" in asked else None),
        "default_acl": "private",
        "querystring_auth": True,
        "file_overwrite": True,  # names are ours and unique; a second write replaces a half one
        "signature_version": "s3v4",
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
