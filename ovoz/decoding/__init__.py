"""CTC log-probabilities to words: searches, language models, rescoring, forced alignment."""
