"""Extensions that the tables stand on; already there in the embedded database's template."""

from django.db import migrations


class Migration(migrations.Migration):
    """Before the tables: exclusion constraints over ranges, likeness of words, words without accents."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.RunSQL(f"CREATE EXTENSION IF NOT EXISTS {name}", migrations.RunSQL.noop)
        for name in ("btree_gist", "pg_trgm", "unaccent")
    ]
