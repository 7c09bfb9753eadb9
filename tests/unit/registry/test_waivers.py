"""A waiver that let a version pass stays readable on the version."""

from datetime import date
from pathlib import Path

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import Gate, GatesConfig, Waiver
from ovoz.evaluation.judgement import judge


def test_waiver_is_recorded_on_the_version(registry, artifact: Path) -> None:
    waiver = Waiver(gate="cer on test", who="Nodira", why="new corpus", until=date(2030, 1, 1))
    config = GatesConfig(gates=(Gate(figure="cer", at_most=0.1),), waivers=(waiver,))
    nothing = Evaluation(training_data="none", rows=[], slices=[])
    verdict = judge(config, nothing, "served", today=date(2029, 1, 1))
    version = registry.register(artifact, {}).version
    registry.promote(version, "staging", verdict, who="test", why="test")
    assert registry.versions()[0].promotions["staging"].waivers == {
        "cer on test": "Nodira until 2030-01-01: new corpus"
    }
