"""Text: normalization, scripts, word language, dialects; one module a language pack."""
