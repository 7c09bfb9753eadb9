"""What the decoder knows of the languages beyond their sound."""

from pathlib import Path
from typing import Annotated

from zenml import step

from ovoz.evaluation.test_sets import training_texts
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def language_models(accepted: Path) -> Annotated[Path, "language_models"]:
    """Word and character n-grams of the training text."""
    from ovoz.decoding.language_models import build_language_models

    return build_language_models(training_texts(accepted), Path(".ovoz/language-models"))
