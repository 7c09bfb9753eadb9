"""What is to be said: packs, coverage, assignment."""
