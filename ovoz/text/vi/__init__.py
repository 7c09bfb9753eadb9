"""Vietnamese: syllables, writing, figures, words of English."""
