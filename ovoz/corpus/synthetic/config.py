"""Settings of the synthetic source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ovoz.corpus.manifest import Dialect
from ovoz.text.language import Language
from ovoz.text.pack import DEFAULT_PACK


class SyntheticConfig(BaseModel):
    """How much is synthesised, in which languages and by how many voices.

    ``train``, ``dev``, ``test`` and ``open`` count utterances. ``shares`` are the parts of the
    languages of the pack, and of mixed sentences, in the training split: all that the pack has, in
    equal parts, where none are given. The other splits hold equal parts of the languages among
    them. The voices of the three splits are disjoint; ``open`` is spoken by the
    test voices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["synthetic"] = "synthetic"
    pack: str = DEFAULT_PACK
    seed: int = 7
    train: int = Field(default=4500, ge=1)
    dev: int = Field(default=150, ge=1)
    test: int = Field(default=450, ge=1)
    open: int = Field(default=150, ge=0)
    shares: dict[Language, float] = {}
    train_voices: int = Field(default=60, ge=1)
    dev_voices: int = Field(default=6, ge=1)
    test_voices: int = Field(default=10, ge=1)
    held_out_share: float = Field(default=0.12, ge=0, lt=1)
    """Share of the stems that only the ``open`` split uses."""
    dialects: dict[Dialect, float] = {}
    """Shares of the sentences whose matrix language is that of a dialect, where it has another
    word for something; the rest is literary."""
    accents: dict[Dialect, str] = {}
    """espeak-ng's language that reads the matrix language of a dialect, such as ``tk`` (Turkmen)
    for the Oghuz speech of Khorezm."""

    @field_validator("dialects")
    @classmethod
    def _shares_of_a_whole(cls, dialects: dict[Dialect, float]) -> dict[Dialect, float]:
        if min(dialects.values(), default=0) < 0 or sum(dialects.values()) > 1:
            raise ValueError("the shares of dialects must be >= 0 and at most 1 together")
        if Dialect.UNKNOWN in dialects:
            raise ValueError("an unknown dialect has no words of its own")
        return dict(sorted(dialects.items()))

    @field_validator("shares")
    @classmethod
    def _in_one_order(cls, shares: dict[Language, float]) -> dict[Language, float]:
        # Two files that say the same must be the same to every cache.
        return dict(sorted(shares.items()))
