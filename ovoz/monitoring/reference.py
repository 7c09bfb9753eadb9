"""The reference statistics of a model: features of its test set as the model itself heard it.

They lie in the artifact as ``reference.parquet``, one row per test clip without text and without
name; ``errors`` and ``reference_words`` are those of the clip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz.distance import Levenshtein

from ovoz.audio.measures import Measures
from ovoz.corpus.manifest import Utterance
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import REFERENCE_FILE, ArtifactError, read_description, seal
from ovoz.evaluation.rows import HypothesisRow
from ovoz.evaluation.systems import SERVED
from ovoz.evaluation.testsets import TEST
from ovoz.files import atomic_file
from ovoz.monitoring.hour_files import FEATURES_SCHEMA
from ovoz.monitoring.traffic import describe_recognition

REFERENCE_SCHEMA: Final = pa.schema(
    [*FEATURES_SCHEMA, ("errors", pa.int32()), ("reference_words", pa.int32())]
)
_MOST_ROWS: Final = 20_000


def store_reference(
    artifact: Path, rows: Sequence[HypothesisRow], utterances: Iterable[Utterance]
) -> ModelDescription:
    """Write the reference statistics into an artifact, and seal it anew.

    Args:
        artifact: Changed in place.
        rows: What its systems wrote; those of the served one on the test set count, unless they
            were distorted on the fly.
        utterances: The corpus, with the measures of the clips.

    Returns:
        The description of the sealed artifact; as it was, where no row counts.

    Raises:
        ArtifactError: The artifact is missing or damaged.
        OSError: It cannot be written.
    """
    description = read_description(artifact)
    known = {utterance.id: utterance for utterance in utterances}
    described = [
        _describe(row, known[row.id])
        for row in rows
        if (row.system, row.test_set) == (SERVED, TEST) and row.snr_db is not None
        if row.id in known
    ]
    if not described:
        return description
    table = pa.Table.from_pylist(described, schema=REFERENCE_SCHEMA)
    if table.num_rows > _MOST_ROWS:
        chosen = np.random.default_rng(0).choice(table.num_rows, _MOST_ROWS, replace=False)
        table = table.take(np.sort(chosen))
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


def _describe(row: HypothesisRow, utterance: Utterance) -> dict[str, Any]:
    measures = Measures(
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
    }
