"""A trained model made slightly worse on one language is stopped by the gate of that language."""

from collections.abc import Sequence

import numpy as np
import pytest

from ovoz.audio.augment import Noise, add_noise, make_noise
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.engine.load import load_engine
from ovoz.engine.transcript import SupportsTranscribe, Transcript
from ovoz.evaluation.evaluate import Evaluation, evaluate
from ovoz.evaluation.gates import P_WORSE, GatesConfig
from ovoz.evaluation.judgement import judge
from ovoz.evaluation.systems import PRODUCTION, SERVED
from ovoz.evaluation.testsets import TestSet
from ovoz.text.language import Language
from ovoz.text.pack import load_pack

from .test_behaviour import DATA, MANIFEST, MODEL
from .test_behaviour import pytestmark as trained

pytestmark = trained
PACK = load_pack("uz-ru")


class HardOfHearing:
    """Hears one language through noise."""

    def __init__(self, engine: SupportsTranscribe, language: Language, snr_db: float) -> None:
        self.model_version = engine.model_version
        self._engine, self._language, self._snr_db = engine, language, snr_db

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        return [self._one(samples) for samples in batch]

    def _one(self, samples: Samples) -> Transcript:
        (heard,) = self._engine.transcribe([samples])
        if heard.language is not self._language:
            return heard
        noise = make_noise(Noise.PINK, len(samples), np.random.default_rng(len(samples)))
        return self._engine.transcribe([add_noise(samples, noise, self._snr_db)])[0]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    engine = load_engine(MODEL)
    rows = [row for row in read_manifest(MANIFEST) if row.split is Split.TEST]
    systems = {PRODUCTION: engine, SERVED: HardOfHearing(engine, Language.RUSSIAN, 10)}
    return evaluate(systems, [TestSet("test", rows, DATA)], pack=PACK, training_data="")


def test_the_slice_that_got_worse_stops_the_candidate(evaluation) -> None:
    verdict = judge(GatesConfig(), evaluation, SERVED, rivals=[PRODUCTION], pack=PACK)
    stopped = {one.gate.name for one in verdict.results if one.stops}
    assert f"{P_WORSE} on test, language=ru" in stopped
    assert not any(name.endswith(("language=uz", "language=mixed")) for name in stopped)
