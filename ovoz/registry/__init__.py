"""The model registry: aliases, promotion, roll-back, over MLflow."""
