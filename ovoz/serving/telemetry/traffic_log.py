"""The traffic log: features and scores of what was heard, for drift reports.

Neither audio nor text nor who called: a line cannot be traced to what was said.
"""

import dataclasses
import logging
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry.logs import JsonLines
from ovoz.serving.telemetry.usage import RequestUsage


class TrafficLog:
    """JSON lines in a file, which may be moved away at any time (logrotate).

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = WatchedFileHandler(file, encoding="utf-8")
        handler.setFormatter(JsonLines())
        # A logger of its own that nobody else can look up: lines go to this file alone.
        self._logger = logging.Logger("ovoz.traffic", logging.INFO)
        self._logger.addHandler(handler)

    def add(self, usage: RequestUsage) -> None:
        """A line for every recording that a request had recognised."""
        for recognition in usage.recognitions:
            self.add_recognition(recognition)

    def add_recognition(self, recognition: Recognition) -> None:
        """A line for one recording, or for one segment of a stream."""
        self._logger.info("heard", extra=_line(recognition))

    def close(self) -> None:
        """Close the file."""
        for handler in self._logger.handlers:
            handler.close()


def _line(recognition: Recognition) -> dict[str, Any]:
    transcript = recognition.transcript
    confidences = [word.confidence for word in transcript.words]
    return {
        "model_version": transcript.model_version,
        "language": transcript.language.value,
        "language_confidence": transcript.language_confidence,
        "confidence": transcript.confidence,
        "lowest_confidence": min(confidences, default=None),
        "words": len(transcript.words),
        "switches": len(transcript.switches),
        "processing_ms": round(recognition.processing_ms, 2),
        **(dataclasses.asdict(recognition.measures) if recognition.measures else {}),
    }
