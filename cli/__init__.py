"""The `ovoz` command."""
