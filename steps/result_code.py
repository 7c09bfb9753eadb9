"""Digests of the code that a version depends on.

Apart from ``steps/code.py``, which every step imports and whose results depend on what it imports.
"""

from typing import Final

from ovoz.code_closure import find_code_closure
from ovoz.reproduction.inputs import code_root, digest_files
from ovoz.text.pack import loaded_outside_files

_STEPS: Final = (
    *("ingest", "validate", "augment"),
    *("train_stage", "language_models", "tune_decoder"),
    *("export_model", "choose_export", "evaluate"),
)
"""Steps whose results make a version."""

_RECORDS: Final = "ovoz.registry"


def digest_result_code() -> dict[str, str]:
    """Digest of each file that a version depends on, those of packs outside Ovoz included."""
    files = {
        file for step in _STEPS for file in find_code_closure(f"steps.{step}", ignored=_RECORDS)
    }
    return digest_files(sorted({*files, *loaded_outside_files()}), code_root())
