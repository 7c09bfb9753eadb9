"""Export of training checkpoints to model artifacts."""
