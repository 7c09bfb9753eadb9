"""Files that have not changed are not decoded again for another limit."""

from pathlib import Path

import pytest

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.validation import ValidationConfig, validate
from ovoz.corpus.validation import audit as module

from .conftest import tone


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Number of files that each validation reads."""
    numbers: list[int] = []
    original = module.listen

    def listen(records, *arguments):
        numbers.append(len(records))
        return original(records, *arguments)

    monkeypatch.setattr(module, "listen", listen)
    return numbers


def check(manifest: Path, tmp_path: Path, **limits: object) -> list[tuple[int, tuple[str, ...]]]:
    config = ValidationConfig(max_quarantined_share=1, required_splits=("train",), **limits)
    dataset = Dataset(manifest=manifest, root=manifest.parent)
    result = validate(dataset, tmp_path / "out", config, None, tmp_path / "heard.parquet")
    return [(row.row, row.reasons) for row in (*result.quarantined, *result.warnings)]


def test_another_limit_decodes_nothing_and_finds_the_same(corpus, tmp_path, decoded) -> None:
    manifest, rows = corpus
    (manifest.parent / rows[1].audio).write_bytes(b"")
    first = check(manifest, tmp_path)
    assert check(manifest, tmp_path) == first
    noisy = check(manifest, tmp_path, min_snr_db=99)
    assert decoded == [6, 0, 0]
    (tmp_path / "heard.parquet").unlink()
    assert check(manifest, tmp_path, min_snr_db=99) == noisy
    assert len(noisy) > len(first)


def test_only_a_file_that_changed_is_heard_again(corpus, tmp_path, decoded) -> None:
    from ovoz.audio.encode import write_flac

    manifest, rows = corpus
    assert check(manifest, tmp_path) == []
    write_flac(manifest.parent / rows[2].audio, tone(1.2, 400))
    (row, reasons), *_ = check(manifest, tmp_path)
    assert (row, decoded) == (2, [6, 1])
    assert "SHA-256 differs" in reasons[0]
    (manifest.parent / rows[3].audio).unlink()
    assert [row for row, _ in check(manifest, tmp_path)][:2] == [2, 3]
    assert decoded == [6, 1, 1]


def test_other_code_hears_anew(corpus, tmp_path, decoded, monkeypatch) -> None:
    from ovoz.corpus.validation import heard

    manifest, _ = corpus
    check(manifest, tmp_path)
    monkeypatch.setattr(heard, "_digest_listening", lambda: b"other")
    check(manifest, tmp_path)
    (tmp_path / "heard.parquet").write_bytes(b"cut short")
    check(manifest, tmp_path)
    assert decoded == [6, 6, 6]
