"""What the collector remembers: tables, sessions, migrations."""
