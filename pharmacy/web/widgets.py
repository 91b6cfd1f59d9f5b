"""The plain controls of forms without a template each: the same text as Django's templates write, sooner.

A list of fifty states is 150 templates to Django. What is not an input or a list of options goes to Django's renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_FOLDER: Final = "django/forms/widgets/"
_KINDS: Final = ("input", "text", "email", "number", "tel", "search", "password", "hidden", "url", "date")
_INPUTS: Final = frozenset(f"{_FOLDER}{kind}.html" for kind in _KINDS)
_OPTION: Final = f"{_FOLDER}select_option.html"


class QuickForms(DjangoTemplates):
    """Django's own form renderer, with inputs and lists of options written here."""

    def render(self, template_name: str, context: Any, request: HttpRequest | None = None) -> SafeString:
        """The control's HTML, every value escaped."""
        if template_name in _INPUTS:
            return mark_safe(_input(context["widget"]))  # noqa: S308  (every value is escaped below)
        if template_name == f"{_FOLDER}select.html" and _is_plain(context["widget"]):
            return mark_safe(_select(context["widget"]))  # noqa: S308
        return mark_safe(super().render(template_name, context, request))  # noqa: S308  (rendered by the engine)


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_safe(widget["value"])}"'
    return f'<input type="{_safe(widget["type"])}" name="{_safe(widget["name"])}"{value}{_attrs(widget["attrs"])}>\n'


def _select(widget: Mapping[str, Any]) -> str:
    options = "".join(
        f'\n  <option value="{_safe(one["value"])}"{_attrs(one["attrs"])}>{_safe(one["label"])}</option>\n'
        for _, group, _ in widget["optgroups"]
        for one in group
    )
    return f'<select name="{_safe(widget["name"])}"{_attrs(widget["attrs"])}>{options}\n</select>\n'


def _is_plain(widget: Mapping[str, Any]) -> bool:
    """Options without groups, each drawn as Django draws them."""
    return all(not name and group[0]["template_name"] == _OPTION for name, group, _ in widget["optgroups"])


def _attrs(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {_safe(name)}" if value is True else f' {_safe(name)}="{_safe(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _safe(value: Any) -> str:
    return conditional_escape(value if isinstance(value, SafeString) else str(value))
