"""The settings of the model: which one is served, and how it is run."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings

from ovoz.serving.settings_group import read_from
from ovoz.workspace import Workspace

BUNDLED_MODEL: Final = Path(__file__).resolve().parents[2] / "model"
"""Where a Bento carries its model."""
DeviceChoice = Literal["auto", "cpu", "cuda", "tensorrt"]
"""``auto`` is a GPU where ONNX Runtime has one, else the CPU."""


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ModelSettings(BaseSettings):
    """Which model is served, and where it runs."""

    model_config = read_from("OVOZ_MODEL_")

    id: str = Field(
        default=str(BUNDLED_MODEL),
        validation_alias=AliasChoices("OVOZ_MODEL_ID", "MODEL_ID"),
        description="a folder with a model artifact, `models:/name@production` (MLflow at"
        " `MLFLOW_TRACKING_URI`, which must be set), `bento:name:version` (BentoML's store), or a"
        " repository of the Hugging Face hub, `org/name` or `org/name@revision`, that holds an"
        " artifact",
        json_schema_extra={"shown": "the model in the Bento"},
    )
    others: str = Field(
        default="",
        description="further models, of other language packs, written as `MODEL_ID` and separated"
        " by commas: asked [by name or language](#several-languages); an alias is read at the"
        " start and not followed",
    )
    cache: Path = Field(default=Workspace().models, description="where fetched models are kept")
    poll_s: float = Field(
        default=30.0,
        gt=0,
        description="how often the registry is asked who holds the alias in `MODEL_ID`, drawn"
        " ± 20 %; `POST /v1/model/refresh` asks at once",
    )
    url: str = Field(
        default="",
        pattern="^$|^https?://",
        description="ask a [model elsewhere](#the-model-apart)",
    )
    key: str = Field(default="", repr=False, description="the API key to ask it with")


class InferenceSettings(BaseSettings):
    """How recordings are transcribed, and how many at once."""

    model_config = read_from("OVOZ_")

    device: DeviceChoice = Field(
        default="auto",
        validation_alias=AliasChoices("OVOZ_DEVICE", "DEVICE"),
        description="`cpu`, `cuda`, `tensorrt`; `auto` is CUDA where ONNX Runtime has it",
    )
    threads: int = Field(
        default_factory=_cores,
        ge=1,
        description="recordings that the model works on side by side, and pieces of a long one",
        json_schema_extra={"shown": "all cores"},
    )
    max_waiting: int = Field(
        default=64,
        ge=1,
        description="recordings received and not yet transcribed; more get 503",
    )
    timeout_s: float = Field(default=60.0, gt=0, description="a recording's deadline")
