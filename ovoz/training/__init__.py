"""Curriculum and trainer."""
