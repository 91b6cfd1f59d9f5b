"""Identifiers can't be counted through; sealed texts open only where they were sealed."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacy.crypto import Unopenable, blind, current_key_id, key_id_of, seal, unseal
from pharmacy.keys import new_id, parse_public, public


@given(st.uuids())
def test_a_public_identifier_leads_back(identifier: Any) -> None:
    assert parse_public("ord", public("ord", identifier)) == identifier


@pytest.mark.parametrize(
    "text", ["", "ord_", "ord_1", "rx_" + "0" * 26, "ord_" + "z" * 26, "ord_" + "U" * 26, "ord_" + "0" * 27]
)
def test_a_malformed_identifier_leads_nowhere(text: str) -> None:
    assert parse_public("ord", text) is None


def test_identifiers_are_version_7_and_in_order() -> None:
    made = [new_id() for _ in range(100)]

    assert all(one.version == 7 for one in made)
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)


def test_a_sealed_text_opens_only_in_its_place() -> None:
    secret = seal(b"penicillin: rash", "patients/1/allergies")

    assert unseal(secret, "patients/1/allergies") == b"penicillin: rash"
    with pytest.raises(Unopenable):
        unseal(secret, "patients/2/allergies")
    with pytest.raises(Unopenable):
        unseal(secret[:-1] + bytes([secret[-1] ^ 1]), "patients/1/allergies")


def test_an_old_key_still_opens_what_it_sealed(settings: Any) -> None:
    secret = seal(b"old", "here")
    settings.ENCRYPTION_KEYS = "t2:" + base64.b64encode(b"x" * 32).decode() + "," + settings.ENCRYPTION_KEYS

    assert unseal(secret, "here") == b"old"
    assert key_id_of(secret) == "t1"
    assert key_id_of(seal(b"new", "here")) == current_key_id() == "t2"


def test_a_lost_key_opens_nothing(settings: Any) -> None:
    secret = seal(b"old", "here")
    settings.ENCRYPTION_KEYS = "t2:" + base64.b64encode(b"x" * 32).decode()

    with pytest.raises(Unopenable):
        unseal(secret, "here")


def test_a_blind_index_tells_equal_from_different_and_purposes_apart() -> None:
    assert blind("a@example.com", "letter") == blind("a@example.com", "letter")
    assert blind("a@example.com", "letter") != blind("a@example.com", "login")
