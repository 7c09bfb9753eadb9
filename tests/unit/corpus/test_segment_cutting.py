"""A corpus cut out of long recordings: rows, sound, and what was refused."""

from pathlib import Path

import numpy as np
import pytest

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.segment_cutting import cut_recordings
from ovoz.corpus.segmentation import SegmentationConfig, Stretch

RATE = 16_000


def test_recordings_become_rows_and_the_rest_is_named(tmp_path: Path) -> None:
    source = tmp_path / "calls"
    source.mkdir()
    loud = np.repeat(np.float32([0.1, 0.2, 0.3, 0.4]), RATE)
    for name in ("call", "silent"):
        write_flac(source / f"{name}.flac", loud)
    (source / "metadata.csv").write_text(
        "audio,text,speaker,split\n"
        "call.flac,salom men bankdan,ali,train\n"
        "silent.flac,salom,vali,train\n",
        "utf-8",
    )
    heard = iter([[Stretch(1, 2, ("salom", "men")), Stretch(2.5, 3, ("bankdan",))], []])
    shown: list[tuple[int, int]] = []
    counts = cut_recordings(
        FolderConfig(path=source, licence="internal", consent="signed"),
        tmp_path / "segmented",
        SegmentationConfig(pause_s=0.1),
        lambda pieces: next(heard),
        lambda done, total: shown.append((done, total)),
    )
    assert (counts.kept, counts.refused) == (1, 2)
    assert shown == [(1, 2), (2, 2)]
    dataset = Dataset.in_folder(tmp_path / "segmented")
    (row,) = dataset.rows()
    assert (row.text, row.speaker, row.licence) == ("salom men", "ali", "internal")
    assert row.source.startswith("segmented:")
    assert decode(dataset.audio_path(row)) == pytest.approx(np.full(RATE, 0.2), abs=1e-3)
    assert (tmp_path / "segmented/refused.tsv").read_text("utf-8").splitlines() == [
        "recording\tstart_s\tend_s\treason",
        "call.flac\t2.50\t3.00\t0.5 s long",
        "silent.flac\t\t\tnothing was heard",
    ]
