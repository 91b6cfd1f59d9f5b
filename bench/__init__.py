"""Measuring the pharmacy: an installation of its own, visitors who ask as fast as they can, and the machine's limits."""
