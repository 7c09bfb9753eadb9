"""ASGI middleware around the API, and the order in which it runs."""
