"""What follows from an alarm: warn, open an issue, ask for recordings, start a training."""
