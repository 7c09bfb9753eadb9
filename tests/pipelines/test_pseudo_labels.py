"""Recordings without transcripts become rows that the next corpus takes in."""

import shutil
from pathlib import Path

import pytest

from ovoz.corpus.manifest import Split, read_manifest
from ovoz.corpus.ovoz_corpus import OvozCorpusConfig
from ovoz.corpus.sources import CombinedConfig, read_source

from .test_runs import run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_production_labels_what_nobody_transcribed(tmp_path) -> None:
    workspace, recordings = tmp_path / "work", tmp_path / "calls"
    profile = write_profile(
        tmp_path / "profile.yaml",
        pseudo_labels={
            "recordings": {
                "source": "audio_files", "path": str(recordings), "audio": "*.flac",
                "licence": "internal", "consent": "recorded calls",
            },
            # So young a model is sure of nothing, and its two readers agree on little.
            "keep": {"min_confidence": 0.0, "max_disagreement": 1.0, "max_share": 0.5},
        },
    )  # fmt: skip
    done = run(workspace, profile)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
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
