"""Outputs of frozen layers, computed once for each recording and kept on disk."""
