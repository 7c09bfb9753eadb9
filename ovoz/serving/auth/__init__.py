"""Callers: API keys, tokens and the networks they may come from."""
