"""What the app's database role may do (decision 19): read and write rows, but no DDL, no TRUNCATE, and no UPDATE or
DELETE on append-only tables. The owner role migrates; these grants follow every migration."""

from __future__ import annotations

from typing import Any

import environ
from django.conf import settings
from django.db import connection

# Tables whose rows are never changed once written. Triggers refuse it for everybody; the grants refuse it for the app.
APPEND_ONLY = (
    "catalog_stockmove",
    "catalog_guidereview",
    "prescriptions_decision",
    "prescriptions_supplyentry",
    "prescriptions_prescribercheck",
    "prescriptions_alert",
    "prescriptions_alertanswer",
    "prescriptions_handcheck",
    "prescriptions_message",
    "prescriptions_intervention",
    "prescriptions_substitution",
    "orders_paymententry",
    "orders_parcelevent",
)


def app_role() -> str:
    """The role named in DATABASE_URL."""
    role: str = environ.Env.db_url_config(settings.DATABASE_URL or "postgresql:///x").get("USER", "")
    return role


def after_migrate(sender: Any, **_: Any) -> None:
    """Grant the app role its rights on every table (no-op when app and owner are one role)."""
    role = app_role()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        owner, exists = cursor.fetchone()
        if not exists or owner == role:
            return
        quoted = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)", [list(APPEND_ONLY)]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {connection.ops.quote_name(table)} FROM {quoted}")
        for table in ("journal_event",):
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON {connection.ops.quote_name(table)} FROM {quoted}")
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON journal_clock, django_migrations FROM {quoted}")
