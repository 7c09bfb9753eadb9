"""The registered model as MLflow loads it (models-from-code): a pyfunc around an Ovoz engine.

The input is a table whose column ``audio`` holds file paths, or audio files in base64. The output
has one row per input row: ``text``, ``language``, ``confidence`` and ``words`` (JSON).
"""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from ovoz.audio.decode import decode
from ovoz.engine.transcript import word_fields


class ServedModel(PythonModel):
    """Loads the artifact's engine once and transcribes all rows of a table as one batch."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the engine; MLflow calls the method by this name."""
        from ovoz.engine.load import load_engine

        self._engine = load_engine(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Transcribe the column ``audio``."""
        clips = [decode(_source(value)) for value in model_input["audio"]]
        rows = [
            {
                "text": transcript.text,
                "language": transcript.language.value,
                "confidence": transcript.confidence,
                "words": json.dumps(
                    [word_fields(word) for word in transcript.words], ensure_ascii=False
                ),
            }
            for transcript in self._engine.transcribe(clips)
        ]
        return pd.DataFrame(rows, columns=["text", "language", "confidence", "words"])


def _source(value: str) -> Path | bytes:
    path = Path(value) if len(value) < 1024 else None
    if path is not None and path.is_file():
        return path
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("column audio: neither an existing file nor base64") from error


mlflow.models.set_model(ServedModel())
