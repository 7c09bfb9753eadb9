"""Corpora: the manifest and one module a source."""
