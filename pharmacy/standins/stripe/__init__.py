"""A stand-in for Stripe: a process of its own that speaks Stripe's API, so the real gateway runs where no key is set.

No money moves. Start it with `python -m pharmacy.standins.stripe --help`.
"""
