"""Every audio file of a corpus read once: is it the file that the manifest speaks of?"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ovoz.audio.decode import AudioError, check_size, decode
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Seconds, duration_s

_TOLERANCE_S: Final = 0.05
_WORKERS: Final = 4


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What is wrong with a file (empty when nothing is), and its measures if it can be read."""

    fault: str
    measures: Measures | None


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
    measures = measure(samples)
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        return FileFinding(
            "the audio is not the file of the manifest (its SHA-256 differs)", measures
        )
    stated = record["duration_s"]
    if not isinstance(stated, float | int) or not abs(duration_s(samples) - stated) <= _TOLERANCE_S:
        return FileFinding(
            f"the audio lasts {duration_s(samples):.2f} s, the manifest says {stated}", measures
        )
    return FileFinding("", measures)
