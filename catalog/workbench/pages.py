"""Registers the catalogue's workbench pages: each module below registers its own."""

from catalog.workbench import guide_desk, guide_edit, guide_list  # noqa: F401
