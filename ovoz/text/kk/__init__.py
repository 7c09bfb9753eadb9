"""Kazakh: two alphabets, figures, words of Russian."""
