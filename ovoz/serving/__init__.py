"""The speech-to-text API: an ASGI application that knows no BentoML."""
