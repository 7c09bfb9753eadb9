"""Transcripts remembered for a while, so that callers can correct them."""
