"""What a page needs to measure pictures before they are sent: our limits and our words, the same as after sending."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from prescriptions.rules import quality
from prescriptions.rules.upload_words import ADVICE, SENTENCES
from prescriptions.rules.uploads import MAX_BYTES

register = template.Library()


@register.simple_tag
def picture_limits() -> dict[str, float]:
    """The limits of `rules.quality`, for the script."""
    least, most = quality.INK_AT_THE_EDGE
    return {
        "dark": quality.DARK, "faint": quality.FAINT, "blurred": quality.BLURRED, "small": quality.SMALL,
        "edge": least, "all": most, "bytes": MAX_BYTES,
    }  # fmt: skip


@register.simple_tag
def picture_hints() -> list[tuple[str, str]]:
    """(code, sentence in the visitor's language) of everything that can be wrong with a chosen file."""
    return [(code, gettext(words)) for code, words in (ADVICE | {"heavy": SENTENCES["too_big"]}).items()]
