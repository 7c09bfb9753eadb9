"""A loopback Bot API and people who use it, for the tests and the campaign of the collector."""
