"""The talk with people over Telegram."""
