"""The written form of a transcript: figures, script, redaction; aligned with the spoken words."""
