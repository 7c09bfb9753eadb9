"""Every case of ``shared/cases/text.tsv``, one small input of each kind, if the file is there."""

from pathlib import Path

import pytest

from ovoz.text.pack import load_pack
from ovoz.text.transliteration import to_cyrillic, to_latin

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "text.tsv"
PACK = load_pack("uz-ru")
CALLS = {
    "canonical": PACK.canonical,
    "normalize": PACK.normalize,
    "literary": PACK.literary,
    "to_latin": to_latin,
    "to_cyrillic": to_cyrillic,
}


def test_all_cases() -> None:
    if not CASES.exists():
        pytest.skip("shared/cases/text.tsv is not here")
    rows = [line.split("\t") for line in CASES.read_text("utf-8").splitlines()[1:]]
    wrong = {written: CALLS[call](written) for call, written, right, *_ in rows
             if CALLS[call](written) != right}  # fmt: skip
    assert len(rows) >= 65
    assert not wrong
