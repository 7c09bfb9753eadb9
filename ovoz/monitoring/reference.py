"""The reference statistics of a model: features of its test set as the model itself heard it.

They lie in the artifact as ``reference.parquet``, one row per test clip without text and without
name; ``errors`` and ``reference_words`` are those of the clip. Beside the clips as they were
recorded there are those that the evaluation distorted, which drift is not measured against: they
say how many errors a confidence means on sound that the test set lacks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rapidfuzz.distance import Levenshtein

from ovoz.audio.measures import Measures
from ovoz.corpus.manifest import Utterance
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import REFERENCE_FILE, ArtifactError, read_description, seal
from ovoz.evaluation.rows import HypothesisRow
from ovoz.evaluation.systems import SERVED
from ovoz.evaluation.testsets import CONDITIONS, TEST
from ovoz.files import atomic_file
from ovoz.monitoring.hour_files import FEATURES_SCHEMA
from ovoz.monitoring.traffic import describe_recognition

REFERENCE_SCHEMA: Final = pa.schema(
    [
        *FEATURES_SCHEMA,
        ("errors", pa.int32()),
        ("reference_words", pa.int32()),
        ("speaker", pa.int32()),  # a number drawn at random, for the bootstrap by speaker
        ("distortion", pa.string()),  # empty for the clip as it was recorded
    ]
)
_MOST_ROWS: Final = 20_000


def store_reference(
    artifact: Path, rows: Sequence[HypothesisRow], utterances: Iterable[Utterance]
) -> ModelDescription:
    """Write the reference statistics into an artifact, and seal it anew.

    Args:
        artifact: Changed in place.
        rows: What its systems wrote; those of the served one count, on the test set and on its
            distorted clips.
        utterances: The corpus, with the measures of the clips.

    Returns:
        The description of the sealed artifact; as it was, where no row counts.

    Raises:
        ArtifactError: The artifact is missing or damaged.
        OSError: It cannot be written.
    """
    description = read_description(artifact)
    known = {utterance.id: utterance for utterance in utterances}
    served = [row for row in rows if row.system == SERVED and row.id in known]
    recorded = [row for row in served if row.test_set == TEST and row.snr_db is not None]
    distorted = [row for row in served if row.test_set == CONDITIONS and row.measures]
    if not recorded:
        return description
    random = np.random.default_rng(0)
    if len(recorded) > _MOST_ROWS:
        chosen = random.choice(len(recorded), _MOST_ROWS, replace=False)
        recorded = [recorded[place] for place in np.sort(chosen)]
    kept = [*recorded, *distorted]
    speakers = [row.speaker or f"\0{row.id}" for row in kept]  # who is unknown is alone
    named = sorted(set(speakers))
    numbers = dict(zip(named, random.permutation(len(named)).tolist(), strict=True))
    described = [
        {**_describe(row, known[row.id]), "speaker": numbers[speaker]}
        for row, speaker in zip(kept, speakers, strict=True)
    ]
    table = pa.Table.from_pylist(described, schema=REFERENCE_SCHEMA)
    with atomic_file(artifact / REFERENCE_FILE) as unfinished:
        pq.write_table(table, unfinished)
    return seal(artifact, description)


def read_reference(artifact: Path) -> pa.Table:
    """The rows that :func:`store_reference` wrote, of :data:`REFERENCE_SCHEMA`.

    Raises:
        ArtifactError: There are none, or they cannot be read.
    """
    file = artifact / REFERENCE_FILE
    if not file.is_file():
        raise ArtifactError(
            f"{artifact}: no {REFERENCE_FILE}: the model was registered before drift was measured;"
            " run the pipeline `training` again"
        )
    try:
        return pq.read_table(file, schema=REFERENCE_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise ArtifactError(f"{file}: not readable: {error}") from error


def recorded_rows(reference: pa.Table) -> pa.Table:
    """The rows of a reference that drift is measured against: clips as they were recorded."""
    return reference.filter(pc.equal(pc.fill_null(reference["distortion"], ""), ""))


def _describe(row: HypothesisRow, utterance: Utterance) -> dict[str, Any]:
    measures = row.measures or Measures(
        duration_s=utterance.duration_s,
        snr_db=utterance.snr_db,
        rms_dbfs=utterance.rms_dbfs,
        clipped_ratio=utterance.clipped_ratio,
        bandwidth_hz=utterance.bandwidth_hz,
        speech_ratio=utterance.speech_ratio,
    )
    features = describe_recognition(row.words, row.hypothesis_language, measures)
    said = row.reference.split()
    return {
        **asdict(features),
        "errors": Levenshtein.distance(said, row.hypothesis.split()),
        "reference_words": len(said),
        "distortion": row.condition if row.test_set == CONDITIONS else "",
    }
