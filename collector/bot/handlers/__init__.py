"""What the bot answers, one module per subject."""
