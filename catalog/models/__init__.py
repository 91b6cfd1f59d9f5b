"""The nouns of the catalogue. Import them from their file."""

from catalog.models import imports, product, rule, search, site, stock  # noqa: F401
