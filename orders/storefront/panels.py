"""Panels that pages of lower apps show."""
