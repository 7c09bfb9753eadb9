"""Logs, metrics, traces and the traffic log."""
