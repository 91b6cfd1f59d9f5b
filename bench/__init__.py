"""Measuring the pharmacy: an installation of its own, visitors in a hurry, and the limits of the machine."""
