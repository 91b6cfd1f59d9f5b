"""A customer's bank may send a refund back: a kind of entry for it, and the way back for the payment's status."""

from django.db import migrations, models
from django.db.models import Q

KINDS = ["authorize", "capture", "void", "refund", "refund_failed", "dispute"]
MOVES_BEFORE = [
    "pending>authorized", "pending>captured", "pending>failed", "pending>expired", "pending>voided",
    "pending>partially_refunded", "pending>refunded",
    "failed>authorized", "failed>captured", "failed>expired", "failed>voided", "failed>partially_refunded",
    "failed>refunded",
    "authorized>captured", "authorized>voided", "authorized>expired", "authorized>partially_refunded",
    "authorized>refunded",
    "captured>partially_refunded", "captured>refunded", "partially_refunded>refunded",
]  # fmt: skip
MOVES = [*MOVES_BEFORE, "partially_refunded>captured", "refunded>captured", "refunded>partially_refunded"]


def moves(pairs: list[str]) -> str:
    """The trigger that lets a payment's status go along these pairs only."""
    arguments = ", ".join(f"'{pair}'" for pair in ["status", *pairs])
    return (
        "DROP TRIGGER status_moves_only_along ON orders_payment; "
        "CREATE TRIGGER status_moves_only_along BEFORE UPDATE OF status ON orders_payment "
        f"FOR EACH ROW EXECUTE FUNCTION moves_only_along({arguments})"
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_rules")]

    operations = [
        migrations.RemoveConstraint("paymententry", "entry_kind_is_known"),
        migrations.AlterField("paymententry", "kind", models.CharField(choices=[(k, k) for k in KINDS], max_length=14)),
        migrations.AddConstraint(
            "paymententry", models.CheckConstraint(name="entry_kind_is_known", condition=Q(kind__in=KINDS))
        ),
        migrations.RunSQL(moves(MOVES), moves(MOVES_BEFORE)),
    ]
