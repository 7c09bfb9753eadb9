"""Phrases of one speaker joined in new orders, in the place of recordings."""
