"""Engines: from audio to transcripts, by a reader over a runtime; export and model artifact."""
