"""Text: normalization, scripts, word language, dialects; one module per language pack."""
