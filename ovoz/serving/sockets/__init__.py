"""Live transcription over WebSockets: our protocol, Deepgram's and OpenAI's, over one session."""
