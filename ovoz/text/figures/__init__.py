"""Figures in words: numbers, dates, money, units, telephone numbers, ordinals, Roman numerals."""
