"""A model that has no CTC head goes from recordings to production like any other."""

import pytest

from ovoz.engine.artifact import read_description
from ovoz.engine.description import EngineKind

from .test_runs import SMOKE, registry, run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_an_attention_model_is_trained_judged_promoted_and_served(tmp_path) -> None:
    network = SMOKE["training"]["network"] | {
        "head": "attention",
        "attention": {"layers": 1, "max_tokens": 60},
    }
    profile = write_profile(
        tmp_path / "attention.yaml",
        training=SMOKE["training"] | {"network": network},
        decoder={"kind": "attention", "attention_beam": 2},
    )
    done = run(tmp_path / "workspace", profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("wrote") == 3
    production = registry(tmp_path / "workspace").resolve("production")
    description = read_description(production.artifact)
    assert description.engine is EngineKind.CTRANSLATE2
    assert not description.has_ctc
