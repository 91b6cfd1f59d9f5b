"""Secrets are made once and are their owner's alone; what a person says wins over what the demo would do."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pharmacy.run import environment
from pharmacy.run.place import NotRunnable


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(environment, "REPOSITORY", tmp_path)
    return tmp_path


def test_secrets_are_made_once_and_only_their_owner_may_read_them(own_folder: Path) -> None:
    first = environment.demo_secrets()
    again = environment.demo_secrets()

    assert first == again
    assert stat.S_IMODE((own_folder / "secrets.env").stat().st_mode) == 0o600
    assert len(first["SECRET_KEY"]) >= 50


def test_a_secret_that_is_new_in_this_version_is_added_and_the_others_stay(own_folder: Path) -> None:
    first = environment.demo_secrets()
    path = own_folder / "secrets.env"
    path.write_text("".join(line for line in path.open() if not line.startswith("BLIND_INDEX_KEY")))

    again = environment.demo_secrets()

    assert again["ENCRYPTION_KEYS"] == first["ENCRYPTION_KEYS"]
    assert again["BLIND_INDEX_KEY"]


def test_the_shell_wins_over_the_file_and_an_empty_variable_is_none(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / ".env").write_text("# a comment\nexport PORT='9000'\nWEB_THREADS=8\nEMAIL_URL=\"smtp://mail\"\n")
    monkeypatch.setenv("WEB_THREADS", "2")
    monkeypatch.setenv("PORT", "")

    given = environment.given()

    assert given["PORT"] == "9000"
    assert given["WEB_THREADS"] == "2"
    assert given["EMAIL_URL"] == "smtp://mail"


def test_a_real_installation_without_a_database_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "0")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(NotRunnable, match="DATABASE_OWNER_URL"):
        environment.prepare()
