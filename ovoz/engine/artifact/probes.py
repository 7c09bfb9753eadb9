"""Probe clips of an artifact: what the model wrote for them when it was measured.

A service compares what the model writes after loading: a damaged file, another library or another
processor may change it. The clips are synthetic speech, so that no speaker is in an artifact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.audio.signal import Samples
from ovoz.engine.artifact.storage import ArtifactError

PROBES_FILE: Final = "probes.json"
PROBES_FOLDER: Final = "probes/"


@dataclass(frozen=True, slots=True)
class ProbeClip:
    """A clip, float32 [T] at 16 kHz, and the text that the model wrote for it.

    ``said`` is what is said in it; empty where that is not known.
    """

    samples: Samples
    text: str
    said: str = ""


@checked_dataclass(frozen=True)
class _Stored:
    file: str
    text: str
    said: str = ""


_STORED: Final = TypeAdapter(list[_Stored])


def write_probes(directory: Path, probes: Sequence[ProbeClip]) -> None:
    """Write probe clips and their texts into an artifact that is being made."""
    (directory / PROBES_FOLDER).mkdir(exist_ok=True)
    stored = []
    for number, probe in enumerate(probes, start=1):
        name = f"{PROBES_FOLDER}{number}.flac"
        write_flac(directory / name, probe.samples)
        stored.append(_Stored(name, probe.text, probe.said))
    (directory / PROBES_FILE).write_bytes(_STORED.dump_json(stored, indent=1))


def read_probes(directory: Path) -> list[ProbeClip]:
    """The probe clips of an artifact; none in one from before there were any.

    Raises:
        ArtifactError: They cannot be read.
    """
    file = directory / PROBES_FILE
    if not file.is_file():
        return []
    try:
        stored = _STORED.validate_json(file.read_bytes())
        return [ProbeClip(decode(directory / one.file), one.text, one.said) for one in stored]
    except (OSError, ValueError, ValidationError) as error:
        raise ArtifactError(f"{file}: no readable probe clips: {error}") from error
