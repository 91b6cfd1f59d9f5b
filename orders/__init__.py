"""Basket, checkout, payment, dispensing and shipping."""
