"""What happened is written in the transaction that did it, sealed into a chain, and owed until settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from pharmacy import celery_app
from pharmacy.accounts.actions import give_consent
from pharmacy.accounts.models import Consent, User
from pharmacy.journal import subscribers, tasks
from pharmacy.journal.actions import hear, record
from pharmacy.journal.doorbell import QUEUES
from pharmacy.journal.models import Event, InboxEntry, OutboxEntry
from pharmacy.transactions import NoTransaction
from tests.house import broken_rules, later, rules_off, settle
from tests.races import successes, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> Iterator[list[str]]:
    """A subscriber of "test.happened" that notes what it was told."""
    heard: list[str] = []

    @subscribers.on("test.happened", queue="mail")
    def listener(event: Event) -> None:
        heard.append(str(event.facts["number"]))

    yield heard
    subscribers._by_kind.pop("test.happened")


def happen(number: int = 1) -> Event:
    with transaction.atomic():
        return record("test.happened", about=("thing", "1"), by="job:tests", number=number)


def test_what_happened_is_owed_once_and_settled_once(told: list[str]) -> None:
    happen()

    settle()
    settle()

    assert told == ["1"]
    assert OutboxEntry.objects.get().settled_at is not None


def test_nothing_is_written_when_the_verb_fails(told: list[str]) -> None:
    def fail_after_recording() -> None:
        with transaction.atomic():
            record("test.happened", about=("thing", "1"), by="job:tests", number=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()

    assert not Event.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_a_verb_whose_event_cannot_be_written_changes_nothing(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_journal(*_: Any, **__: Any) -> None:
        raise IntegrityError("no journal today")

    monkeypatch.setattr("pharmacy.accounts.actions.record", no_journal)

    with pytest.raises(IntegrityError):
        give_consent(bob, version="2026-11", by=bob)

    assert not Consent.objects.filter(user=bob).exists()


def test_recording_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(NoTransaction):
        record("test.happened", about=("thing", "1"), by="job:tests")


@pytest.mark.parametrize("fact", ["alice@example.com", "two words", "Quintero, Marta", "ä"])
def test_free_text_has_no_place_in_an_event(fact: str) -> None:
    with pytest.raises(ValueError), transaction.atomic():
        record("test.happened", about=("thing", "1"), by="job:tests", note=fact)


def test_a_subscriber_that_fails_is_asked_again_and_then_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOST_ATTEMPTS", 3)

    @subscribers.on("test.broken")
    def listener(event: Event) -> None:
        raise RuntimeError("no")

    try:
        with transaction.atomic():
            record("test.broken", about=("thing", "1"), by="job:tests")
        for minutes in (0, 1, 2, 3):
            with later(minutes=minutes):
                settle()
    finally:
        subscribers._by_kind.pop("test.broken")

    entry = OutboxEntry.objects.get()
    assert (entry.attempts, entry.last_error) == (3, "RuntimeError")
    assert entry.flagged_at is not None
    assert entry.settled_at is None


def test_later_is_no_failure(told: list[str]) -> None:
    @subscribers.on("test.early")
    def listener(event: Event) -> None:
        raise subscribers.Later(30)

    try:
        with transaction.atomic():
            record("test.early", about=("thing", "1"), by="job:tests")
        settle()
    finally:
        subscribers._by_kind.pop("test.early")

    entry = OutboxEntry.objects.get()
    assert (entry.attempts, entry.flagged_at, entry.settled_at) == (0, None, None)


def test_the_entry_of_a_dead_worker_falls_due_again(told: list[str]) -> None:
    happen()
    assert tasks._execute(tasks._CLAIM, [tasks.LEASE_SECONDS, "mail"])  # a worker takes it and dies

    settle()
    assert told == []
    with later(seconds=tasks.LEASE_SECONDS + 1):
        settle()

    assert told == ["1"]


def test_many_relays_at_once_tell_everything_once(told: list[str]) -> None:
    for number in range(60):
        happen(number)

    results = together(8, lambda _: tasks.relay("mail"))

    assert sum(successes(results)) == 60
    assert sorted(told, key=int) == [str(number) for number in range(60)]


def test_the_same_news_twenty_times_at_once_is_heard_once() -> None:
    def listen(_: int) -> bool:
        with transaction.atomic():
            return hear("stripe", "evt_1")[1]

    results = together(20, listen)

    assert (results.count(True), results.count(False)) == (1, 19)
    assert InboxEntry.objects.count() == 1


def test_events_form_a_chain_without_gaps_even_with_many_sealers() -> None:
    for number in range(40):
        happen(number)

    together(6, lambda _: tasks.seal_events())
    tasks.seal_events()

    positions = list(Event.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, 41))
    assert broken_rules() == {}


def test_a_sealed_event_cannot_be_changed_or_removed() -> None:
    event = happen()
    tasks.seal_events()

    for change in (
        lambda: Event.objects.filter(pk=event.pk).update(kind="test.other"),
        lambda: Event.objects.filter(pk=event.pk).update(position=7),
        lambda: Event.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(IntegrityError):
            change()


@pytest.mark.parametrize("tampering", [
    "UPDATE journal_event SET facts = '{\"number\": 9}' WHERE position = 2",
    "DELETE FROM journal_event WHERE position = 2",
    "UPDATE journal_event SET at = at + interval '1 second' WHERE position = 3",
])  # fmt: skip
def test_verify_finds_what_a_superuser_did_to_the_chain(tampering: str) -> None:
    for number in range(3):
        happen(number)
    tasks.seal_events()
    assert broken_rules() == {}

    with rules_off(), connection.cursor() as cursor:
        cursor.execute(tampering)

    assert "the_chain_is_whole" in broken_rules()


def test_verify_finds_an_event_nobody_sealed() -> None:
    happen()

    with later(seconds=121), connection.cursor() as cursor:
        cursor.execute(next(r.sql for r in tasks_rules() if r.name == "events_are_sealed_within_two_minutes"))
        assert len(cursor.fetchall()) == 1


def test_verify_finds_what_is_owed_and_forgotten(told: list[str]) -> None:
    happen()

    with later(seconds=200):
        assert "nothing_owed_is_forgotten" in broken_rules()


def test_a_worker_hears_every_bell_that_is_rung() -> None:
    heard = set(celery_app.amqp.queues.consume_from)
    wanted = {one.queue for kind in subscribers._by_kind for one in subscribers.subscribers_of(kind)}

    assert wanted <= set(QUEUES) == heard
    # Each has an exchange of its own: one bell must not wake the workers of all.
    assert {(queue.exchange.name, queue.routing_key) for queue in celery_app.amqp.queues.values()} == {
        (name, name) for name in QUEUES
    }


def tasks_rules() -> list[Any]:
    from pharmacy.journal.invariants import INVARIANTS

    return INVARIANTS
