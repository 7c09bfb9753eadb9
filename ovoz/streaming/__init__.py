"""Streaming: audio in as it is spoken, partial and final transcripts out; knows no HTTP."""
