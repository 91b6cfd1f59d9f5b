"""Interactions from open sources: the ANSM thesaurus, NDF-RT's pairs, and our own reading of product labels."""
