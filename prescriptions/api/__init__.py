"""Prescriptions for partners."""
