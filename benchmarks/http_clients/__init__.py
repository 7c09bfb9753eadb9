"""Other people's HTTP clients: a small program for each, and what runs, records and counts them."""
