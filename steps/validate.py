"""Check the corpus; set aside the rows that fail."""

from pathlib import Path
from typing import Annotated

from ovoz.corpus.validation import ValidationConfig
from zenml import log_metadata, step

from steps.code import depends_on
from steps.version_data import CorpusVersion

_CODE = depends_on("ovoz/corpus/validation", "ovoz/corpus/manifest.py", "ovoz/audio", "ovoz/text")


@step(cache_policy=_CODE)
def validate(corpus: CorpusVersion, config: ValidationConfig) -> Annotated[Path, "accepted"]:
    """Judge every row; the folder given on holds the accepted rows and those in quarantine."""
    from ovoz.corpus.validation import validate as judge

    result = judge(corpus.manifest, Path(".ovoz/validation"), config)
    log_metadata({"accepted": len(result.accepted), "quarantined": len(result.quarantined)})
    return result.folder
