"""The Telegram bot that collects speech which people agreed to give."""
