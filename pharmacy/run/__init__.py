"""The launcher: everything that `make run` does before and around Django. Imports no Django."""
