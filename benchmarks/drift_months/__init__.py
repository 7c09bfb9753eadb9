"""Simulated months of traffic, for ``benchmarks/drift.py``."""
