"""Metrics, slices, gates and reports."""
