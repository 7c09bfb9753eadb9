"""A registered version made again: its inputs, the rebuilt one, and where the two differ."""
