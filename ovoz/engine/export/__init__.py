"""From a training checkpoint to a model artifact."""
