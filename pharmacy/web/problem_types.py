"""What each stable code of the API means and what to do: the pages that `type` leads to."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

PROBLEM_TYPES: Final = {
    "bad-request": (_("The request could not be read."), _("Check that the body is well-formed JSON in UTF-8.")),
    "bad-query": (
        _("A query parameter is unknown, given twice or can't be read."),
        _("Every fault is in `errors`, with the parameter as its pointer; nothing passes silently."),
    ),
    "conflict": (_("The thing changed in the meantime."), _("Read it again, then decide.")),
    "forbidden": (_("The key is good but lacks the scope."), _("Ask for a key with the scope that the call names.")),
    "idempotency-key-required": (
        _("This call needs an Idempotency-Key header."),
        _("Send a key of your own, new for each order, and the same one when you repeat a call."),
    ),
    "idempotency-mismatch": (
        _("The Idempotency-Key was used with another body."),
        _("Use a new key for a new request."),
    ),
    "idempotency-in-progress": (
        _("The first call with this Idempotency-Key is still running."),
        _("Wait a moment, then send it again."),
    ),
    "internal-error": (_("A fault of ours."), _("It has been noted. Repeat the call with the same Idempotency-Key.")),
    "invalid": (
        _("The body is well-formed but breaks the contract."),
        _("Every fault is in `errors`, each with a JSON Pointer to its place."),
    ),
    "method-not-allowed": (_("The address exists, the method is not offered."), _("See the Allow header.")),
    "not-acceptable": (_("The format asked for is not offered."), _("Ask for application/json.")),
    "not-authenticated": (_("There is no key, or it is not known."), _("Send `Authorization: Bearer rxk_…`.")),
    "not-found": (_("There is no such thing, or it is not yours."), _("Check the identifier.")),
    "too-large": (_("The body is too large."), _("A file may have 10 MB, a JSON body 2 MB.")),
    "too-many-requests": (_("The key's pace is used up."), _("Wait for the seconds that Retry-After says.")),
    "unavailable": (_("A service we need does not answer."), _("Repeat the call after Retry-After.")),
    "unknown-parameter": (_("A query parameter is not known."), _("Check its spelling; nothing passes silently.")),
    "unsupported-media-type": (
        _("The content type is not taken."),
        _("Send application/json, or what the call names."),
    ),
}
