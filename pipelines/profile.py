"""One YAML file says everything about a run."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.pseudo_labels import PseudoLabelConfig
from ovoz.corpus.sources import Recorded, SourceConfig
from ovoz.corpus.validation import ValidationConfig
from ovoz.decoding.config import DecoderConfig
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.gates import GatesConfig
from ovoz.training.config import TrainingConfig
from registry.settings import RegistrySettings
from steps.test_sets import TEST_SETS


class NoisyTestConfig(BaseModel):
    """How the fixed noisy copy of the test split is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    augment: AugmentConfig = AugmentConfig()
    seed: int = 1


class PseudoLabelsConfig(BaseModel):
    """Recordings without transcripts, and what a machine's transcript of them must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings: Recorded
    keep: PseudoLabelConfig = PseudoLabelConfig()


class Profile(BaseModel):
    """Settings of a whole run.

    ``training_data`` is shown wherever figures are, such as "synthetic speech, closed vocabulary".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    pack: str = "uz-ru"
    training_data: str
    corpus: SourceConfig
    validation: ValidationConfig = ValidationConfig()
    noisy_test: NoisyTestConfig = NoisyTestConfig()
    training: TrainingConfig
    decoder: DecoderConfig
    evaluation: EvaluationConfig = EvaluationConfig()
    gates: GatesConfig = GatesConfig()
    registry: RegistrySettings = RegistrySettings()
    pseudo_labels: PseudoLabelsConfig | None = None

    @model_validator(mode="after")
    def _gates_name_test_sets(self) -> Self:
        named = [gate.test_set for gate in (*self.gates.gates, *self.gates.of_artifact)]
        for name in (*named, *self.gates.regression.test_sets):
            if name not in TEST_SETS:
                known = ", ".join(TEST_SETS)
                raise ValueError(f"no test set is called {name!r}; there are {known}")
        return self


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file, the field and what is wrong."""


def load_profile(path: Path) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: No such file, not YAML, an unknown field or a value out of range.
    """
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ProfileError(f"{path}: no readable profile: {error}") from error
    except yaml.YAMLError as error:
        raise ProfileError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise ProfileError(f"{path}: {error}") from error
