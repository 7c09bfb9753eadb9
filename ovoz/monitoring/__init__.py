"""Drift: what was heard, held against the reference statistics of the model."""
