"""The interface speaks four languages: every text has its words in each, with the same places to fill in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACE = re.compile(r"%\(\w+\)[sd]|</?\w+")


def _file(language: str, kind: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"django.{kind}"


def _words(language: str) -> Catalog:
    with _file(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_its_words(language: str) -> None:
    missing = [message.id for message in _words(language) if message.id and not all(_forms(message.string))]
    unsure = [message.id for message in _words(language) if message.id and message.fuzzy]

    assert not missing, f"{len(missing)} without words, the first: {missing[:5]}"
    assert not unsure, f"{len(unsure)} guessed by a program, the first: {unsure[:5]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_keep_the_places_and_tags_of_their_text(language: str) -> None:
    for message in _words(language):
        if not message.id or message.fuzzy or not all(_forms(message.string)):
            continue
        allowed = {place for text in _forms(message.id) for place in PLACE.findall(text)}
        for words in _forms(message.string):
            found = set(PLACE.findall(words))
            assert found <= allowed, (message.id, words)
            if len(_forms(message.id)) == 1:
                assert found == allowed, (message.id, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_is_what_was_written(language: str) -> None:
    with _file(language, "mo").open("rb") as file:
        compiled = {(m.id if isinstance(m.id, str) else m.id[0], m.context): m.string for m in read_mo(file) if m.id}

    written = {
        (_forms(m.id)[0], m.context): m.string for m in _words(language)
        if m.id and not m.fuzzy and all(_forms(m.string))
    }  # fmt: skip
    assert {key: _forms(value) for key, value in compiled.items()} == {
        key: _forms(value) for key, value in written.items()
    }, "run `make messages`"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("en", "Basket"), ("de", "Warenkorb"), ("es", "Cesta"), ("ar", "السلة")]
)
def test_a_page_is_in_the_readers_language_and_direction(client: Client, language: str, words: str) -> None:
    page = client.get("/basket/", headers={"accept-language": language}).content.decode()

    assert f'lang="{language}"' in page
    assert ('dir="rtl"' in page) == (language == "ar")
    assert words in page
