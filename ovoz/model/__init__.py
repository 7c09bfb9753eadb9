"""The acoustic network, its tokenizer, features and checkpoints."""
