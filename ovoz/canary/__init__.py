"""A new version beside production: what is compared, on what evidence, and what follows."""
