"""Ovoz: speech recognition for Uzbek, Russian and the switching between them."""
