"""The staff's pages of the catalogue: guides, from a first draft to the readers."""
