"""Settings of the synthetic source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ovoz.text.language import Language


class SyntheticConfig(BaseModel):
    """How much is synthesised, in which languages and by how many voices.

    ``train``, ``dev``, ``test`` and ``open`` count utterances. ``shares`` are the parts of Uzbek,
    Russian and mixed sentences in the training split; the other splits hold equal thirds. The
    voices of the three splits are disjoint; ``open`` is spoken by the test voices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["synthetic"] = "synthetic"
    seed: int = 7
    train: int = Field(default=4500, ge=1)
    dev: int = Field(default=150, ge=1)
    test: int = Field(default=450, ge=1)
    open: int = Field(default=150, ge=0)
    shares: dict[Language, float] = {
        Language.MIXED: 0.30,
        Language.RUSSIAN: 0.34,
        Language.UZBEK: 0.36,
    }
    train_voices: int = Field(default=60, ge=1)
    dev_voices: int = Field(default=6, ge=1)
    test_voices: int = Field(default=10, ge=1)
    held_out_share: float = Field(default=0.12, ge=0, lt=1)
    """Share of the stems that only the ``open`` split uses."""

    @field_validator("shares")
    @classmethod
    def _in_one_order(cls, shares: dict[Language, float]) -> dict[Language, float]:
        # Two files that say the same must be the same to every cache.
        return dict(sorted(shares.items()))
