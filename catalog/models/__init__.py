"""The nouns of the catalogue. Import them from their file."""
# ruff: noqa: F401

from catalog.models import (
    address,
    guide,
    imports,
    interaction,
    label,
    product,
    rating,
    rule,
    search,
    site,
    stock,
)
