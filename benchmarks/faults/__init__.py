"""Servers that a service needs, real ones, and what can befall them."""
