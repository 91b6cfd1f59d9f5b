"""The fingerprint of what a pharmacist had on the screen when deciding. A decision is bound to it."""

import hashlib
import json
from typing import Any


def fingerprint(shown: dict[str, Any]) -> str:
    """SHA-256 (hex) of documents, items, requests, patient and messages in a canonical spelling."""
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
