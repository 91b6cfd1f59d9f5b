"""The prescriber's name as the paper has it, beside whom its register number belongs to (R-116)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One sealed column."""

    dependencies = [("prescriptions", "0016_checked_before_cleared")]

    operations = [
        migrations.AddField("prescription", "prescriber_written_sealed", models.BinaryField(default=b"")),
    ]
