"""Pseudo-labels, splices and segments become rows of the next corpus."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.corpus.ovoz_corpus import OvozCorpusConfig
from ovoz.corpus.sources import CombinedConfig, read_source

from .test_runs import run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def made(done, tmp_path_factory) -> tuple[Path, Path]:
    """A workspace with a model in production, and a profile that asks for more data."""
    folder = tmp_path_factory.mktemp("more")
    recordings = folder / "calls"
    profile = write_profile(
        folder / "profile.yaml",
        splices={"utterances": 8, "least_score": -10},
        long_recordings={
            "recordings": {
                "source": "folder", "path": str(folder / "lectures"), "table": "lectures.jsonl",
                "licence": "internal", "consent": "recorded lectures",
            },
        },
        pseudo_labels={
            "recordings": {
                "source": "audio_files", "path": str(recordings), "audio": "*.flac",
                "licence": "internal", "consent": "recorded calls",
            },
            # So young a model is sure of nothing, and its two readers agree on little.
            "keep": {"min_confidence": 0.0, "max_disagreement": 1.0, "max_share": 0.5},
        },
    )  # fmt: skip
    return done.workspace, profile


def test_two_languages_are_spliced(made) -> None:
    workspace, profile = made
    done = run(workspace, profile, "splices")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = read_manifest(workspace / "spliced/manifest.parquet")
    assert len(rows) == 8
    assert {row.split for row in rows} == {Split.TRAIN}
    assert {row.source for row in rows} == {"spliced:synthetic:espeak-ng"}


def test_two_sources_go_through_the_data_pipeline_as_one(made, tmp_path) -> None:
    workspace, _ = made
    sources = [
        {"source": "ovoz_corpus", "path": str(workspace / "data")},
        {"source": "ovoz_corpus", "path": str(workspace / "spliced")},
    ]
    profile = write_profile(
        tmp_path / "both.yaml", corpus={"source": "combined", "sources": sources}
    )
    done = run(tmp_path / "both", profile, "data")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = read_manifest(tmp_path / "both/.ovoz/validation/manifest.parquet")
    assert {row.source for row in rows} == {"synthetic:espeak-ng", "spliced:synthetic:espeak-ng"}
    noisy = read_manifest(tmp_path / "both/.ovoz/noisy-test/manifest.parquet")
    assert len(noisy) == sum(row.split is Split.TEST for row in rows)
    assert (
        f"recordings {len(read_manifest(tmp_path / 'both/data/manifest.parquet'))}" in done.stdout
    )


def test_a_lecture_is_segmented(made) -> None:
    workspace, profile = made
    lectures = profile.parent / "lectures"
    lectures.mkdir()
    rows = read_manifest(workspace / "data/manifest.parquet")[:6]
    sounds = [decode(workspace / "data" / row.audio) for row in rows]
    write_flac(lectures / "one.flac", np.concatenate(sounds))
    text = " ".join(row.text for row in rows)
    line = json.dumps({"audio": "one.flac", "text": text, "split": "train"}, ensure_ascii=False)
    (lectures / "lectures.jsonl").write_text(line, "utf-8")
    done = run(workspace, profile, "segments")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    kept = read_manifest(workspace / "segmented/manifest.parquet")
    refused = (workspace / "segmented/refused.tsv").read_text("utf-8").splitlines()[1:]
    # So young a model hears little of the lecture; benchmarks/segmentation.py asks a grown one.
    assert kept or refused
    assert all(row.consent == "recorded lectures" for row in kept)


def test_production_labels_what_nobody_transcribed(made, tmp_path) -> None:
    workspace, profile = made
    recordings = profile.parent / "calls"
    shutil.copytree(workspace / "data" / "audio" / "test", recordings / "caller")
    done = run(workspace, profile, "pseudo-labels")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    folder = workspace / "pseudo-labelled"
    kept = read_manifest(folder / "labelled.parquet")
    refused = (folder / "refused.tsv").read_text("utf-8").splitlines()[1:]
    assert len(kept) + len(refused) == len(list((recordings / "caller").iterdir()))
    assert all(row.split is Split.TRAIN and row.speaker == "caller" for row in kept)
    own = OvozCorpusConfig(path=workspace / "data")
    more = OvozCorpusConfig(path=folder, manifest="labelled.parquet")
    both = CombinedConfig(sources=(own, more), allowed_licences=("CC0-1.0", "internal"))
    rows = read_manifest(read_source(both, tmp_path / "both"))
    assert {row.licence for row in rows} <= {"CC0-1.0", "internal"}
    assert Path(tmp_path / "both" / rows[0].audio).is_file()
