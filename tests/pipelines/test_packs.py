"""The profiles of other language packs go the whole way, in miniature."""

from pathlib import Path

import pytest
import yaml

from ovoz.engine.artifact.storage import read_description

from .test_runs import ROOT, SMOKE, registry, run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OPEN_GATES = {**SMOKE["gates"], "gates": [{"figure": "cer", "at_most": 1.0}]}


@pytest.mark.parametrize(("pack", "clips"), [("vi", 2), ("kk", 3)])
def test_a_model_of_another_pack_is_promoted_and_answers(
    tmp_path: Path, pack: str, clips: int
) -> None:
    own = yaml.safe_load((ROOT / f"configs/{pack}.yaml").read_text("utf-8"))
    sizes = {name: value for name, value in SMOKE["corpus"].items() if name != "source"}
    (stage,) = [one for one in SMOKE["training"]["stages"] if one["name"] == "clean"]
    profile = write_profile(
        tmp_path / f"{pack}.yaml",
        pack=pack,
        corpus=own["corpus"] | sizes | {"shares": own["corpus"]["shares"]},
        training=SMOKE["training"] | {"stages": [stage]},
        gates=OPEN_GATES,
    )
    done = run(tmp_path / "workspace", profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("wrote") == clips
    production = registry(tmp_path / "workspace").resolve("production")
    assert read_description(production.artifact).pack == pack
