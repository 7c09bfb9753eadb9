"""Live sessions: audio of sockets through the model's queue, and events back, in any protocol."""
