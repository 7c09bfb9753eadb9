"""Bridge from Asterisk's AudioSocket to an Ovoz service."""
