"""The speech-to-text Bento."""
