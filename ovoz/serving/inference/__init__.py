"""Recordings to transcripts: options, queue, model, result cache."""
