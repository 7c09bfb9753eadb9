"""What the bot says, in every language of its interface."""
