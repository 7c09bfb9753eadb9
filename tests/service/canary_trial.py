"""A service that tries a canary: two real models, and a registry that says what it is told."""

import shutil
from pathlib import Path

from fastapi import FastAPI

from ovoz.canary.policy import CanaryPolicy
from ovoz.engine.artifact.storage import read_description, seal
from ovoz.serving.app import build_app
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import seed_versions
from ovoz.serving.settings import ServiceSettings
from tests.service.settings import settings_with

HELD = {"models:/heard@production": "1", "models:/heard@canary": "2"}
EVERY_MEASURE = CanaryPolicy.model_validate(
    {
        "alias": "canary", "against": "production", "share": 0.5, "alpha": 0.05,
        "margins": {
            "failed": 0.1, "empty": 0.1, "slow": 0.2, "unsure": 0.2, "more_words": 0.05,
            "fewer_words": 0.05, "language_mix": 0.1, "corrections": 0.1, "word_errors": 0.1,
        },
        "minimum_requests": 5, "maximum_requests": 1000, "promotes": ["failed"],
        "rolls_back": ["failed", "empty"], "probe_every_s": 0,
    }
)  # fmt: skip


def settings_of_trial(production: Path, canary: Path, folder: Path) -> ServiceSettings:
    """Version 1, called ``old``, is in production; version 2, called ``new``, is the canary."""
    settings = settings_with(
        model_id="models:/heard@production", model_cache=folder / "cache", threads=1
    )
    artifacts = {"old": production, "new": canary}
    for (uri, number), (name, artifact) in zip(HELD.items(), artifacts.items(), strict=True):
        named = folder / name
        shutil.copytree(artifact, named)
        seal(named, read_description(named).model_copy(update={"name": name}))
        seed_versions(uri, {number: named}, settings.model.cache)
    return settings


def app_of_trial(settings: ServiceSettings, policy: CanaryPolicy = EVERY_MEASURE) -> FastAPI:
    """The application; its canary is loaded behind its start."""
    return build_app(settings, load_here(settings, HELD.get), HELD.get, policy)
