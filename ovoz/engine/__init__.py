"""One protocol, several engines; and export to each."""
