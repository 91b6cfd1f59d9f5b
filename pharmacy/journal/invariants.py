"""What must hold of the journal."""

from pharmacy.invariants import Invariant

INVARIANTS = [
    Invariant(
        "the_chain_is_whole",
        "Every sealed event's hash follows from its content and the hash before it; positions have no gap.",
        8,
        """
        SELECT e.id, e.position FROM journal_event e
          LEFT JOIN journal_event p ON p.position = e.position - 1
         WHERE e.position IS NOT NULL
           AND (e.previous_hash IS DISTINCT FROM coalesce(p.hash, CASE WHEN e.position = 1 THEN '\\x'::bytea END)
                OR e.hash IS DISTINCT FROM journal_event_hash(e.previous_hash, e))
        """,
    ),
    Invariant(
        "events_are_sealed_within_two_minutes",
        "No event stays without its place in the chain for more than 120 seconds.",
        8,
        "SELECT id, kind FROM journal_event WHERE position IS NULL AND at < app_now() - interval '120 seconds'",
    ),
    Invariant(
        "nothing_owed_is_forgotten",
        "No outbox entry is overdue by more than 120 seconds; what can't be delivered is flagged for a person.",
        9,
        """
        SELECT id, subscriber FROM journal_outboxentry
         WHERE settled_at IS NULL AND flagged_at IS NULL AND due_at < app_now() - interval '120 seconds'
        """,
    ),
]
