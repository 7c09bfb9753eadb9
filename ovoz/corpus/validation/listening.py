"""Every audio file of a corpus read once: is it the file that the manifest speaks of?"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import check_size, decode
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.audio.vad import VadConfig, detect_speech, find_network

_TOLERANCE_S: Final = 0.05
_WORKERS: Final = 4
_VAD: Final = VadConfig(min_speech_s=0.0)


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What is wrong with a file (empty when nothing is), and its measures if it can be read.

    ``voiced_s`` is the time in which somebody speaks; None where it cannot be detected.
    """

    fault: str
    measures: Measures | None
    voiced_s: Seconds | None = None


def listen(
    records: list[dict[Any, Any]],
    root: Path,
    max_duration_s: Seconds,
    progress: Callable[[int, int], object] | None = None,
) -> list[FileFinding]:
    """Read the file of each row; decoders run outside of Python's lock, so threads help."""
    heard = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for one in pool.map(lambda record: _listen(record, root, max_duration_s), records):
            heard.append(one)
            if progress is not None:
                progress(len(heard), len(records))
    return heard


def _listen(record: dict[Any, Any], root: Path, max_duration_s: Seconds) -> FileFinding:
    try:
        path = root / str(record["audio"])
        if not path.resolve().is_relative_to(root.resolve()):
            return FileFinding("the audio lies outside of the corpus", None)
        check_size(path)  # a pipe would be waited for, a huge file fill the memory
        content = path.read_bytes()
        # A little more than the limit is read, so that its check can name the true length.
        samples = decode(content, max_duration_s=2 * max_duration_s)
    except (AudioError, OSError, RuntimeError, ValueError) as error:
        return FileFinding(f"the audio cannot be read: {error}", None)
    measures, voiced_s = measure(samples), _measure_voice(samples)
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        return FileFinding(
            "the audio is not the file of the manifest (its SHA-256 differs)", measures, voiced_s
        )
    stated = record["duration_s"]
    if not isinstance(stated, float | int) or not abs(duration_s(samples) - stated) <= _TOLERANCE_S:
        return FileFinding(
            f"the audio lasts {duration_s(samples):.2f} s, the manifest says {stated}",
            measures,
            voiced_s,
        )
    return FileFinding("", measures, voiced_s)


def _measure_voice(samples: Samples) -> Seconds | None:
    if find_network() is None:
        return None
    return sum(segment.end_s - segment.start_s for segment in detect_speech(samples, _VAD))
