"""Thin ZenML steps: each reads artifacts, calls the library and logs metadata."""

# ZenML knows a materializer once its class is defined; every step may take or return a dataset.
from steps.dataset_materializer import DatasetMaterializer

__all__ = ["DatasetMaterializer"]
