"""Indexes of the rows that can be had now, which search looks at first (catalog/queries/search_sql.py: CANDIDATES)."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations
from django.db.models import Q

HERE = Q(standing=0)


class Migration(migrations.Migration):
    """Two partial indexes on the search rows."""

    dependencies = [("catalog", "0008_guide_signatures")]
    operations = [
        migrations.AddIndex("searchentry", GinIndex(fields=["words"], condition=HERE, name="entry_words_here")),
        migrations.AddIndex(
            "searchentry", GinIndex(fields=["substance_ids"], condition=HERE, name="entry_substances_here")
        ),
    ]
