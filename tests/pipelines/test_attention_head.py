"""Models with an attention head, alone or beside CTC, go from recordings to production."""

from datetime import date, timedelta

import pytest

from ovoz.engine.artifact.description import EngineKind
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.choice import read_choice
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.readers.rescoring import RescoringReader

from .test_runs import SMOKE, registry, run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TALKS_ON = {
    "gate": "cer on test",
    "who": "the tests",
    "why": "a decoder so young writes more than was said",
    "until": str(date.today() + timedelta(days=2)),
}


def test_an_attention_model_is_trained_judged_promoted_and_served(tmp_path) -> None:
    network = SMOKE["training"]["network"] | {
        "head": "attention",
        "attention": {"layers": 1, "max_tokens": 60},
    }
    profile = write_profile(
        tmp_path / "attention.yaml",
        training=SMOKE["training"] | {"network": network},
        decoder={"kind": "attention", "attention_beam": 2},
        decoder_tuning=None,
        gates=SMOKE["gates"] | {"waivers": [TALKS_ON]},
    )
    done = run(tmp_path / "workspace", profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("wrote") == 3
    production = registry(tmp_path / "workspace").resolve("production")
    description = read_description(production.artifact)
    assert description.engine is EngineKind.CTRANSLATE2
    assert not description.has_ctc


def test_a_hybrid_model_is_read_by_one_head_and_judged_by_the_other(tmp_path) -> None:
    network = SMOKE["training"]["network"] | {
        "head": "hybrid",
        "attention": {"layers": 1, "max_tokens": 60},
    }
    profile = write_profile(
        tmp_path / "hybrid.yaml",
        training=SMOKE["training"] | {"network": network},
        decoder={"kind": "combined", "attention_weight": 0.5, "n_best": 4},
    )
    done = run(tmp_path / "workspace", profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("wrote") == 3
    artifact = registry(tmp_path / "workspace").resolve("production").artifact
    assert isinstance(load_engine(artifact).reader, RescoringReader)
    assert {one.precision.value for one in read_choice(artifact).candidates} == set(Precision)
