"""From CTC log-probabilities to words: greedy and lexicon search, times, confidences."""
