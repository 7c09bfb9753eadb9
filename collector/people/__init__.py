"""Who takes part: consent, profile, progress, withdrawal."""
