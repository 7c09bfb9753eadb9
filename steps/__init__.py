"""Thin ZenML steps: each reads artifacts, calls the library and logs metadata."""
