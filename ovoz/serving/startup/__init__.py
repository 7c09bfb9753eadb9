"""Checks that must pass before the service starts."""
