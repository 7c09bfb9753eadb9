"""Timed transcripts of NIST's scoring toolkit: ``stm`` segments and ``ctm`` words.

Formats: sclite's documentation (SCTK, "infmts"). The words of a ``ctm`` belong to the segment of a
``stm`` in which their middle lies, or else to the nearest one, so that none is lost.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

_SKIPPED: Final = ("IGNORE_TIME_SEGMENT_IN_SCORING", "INTER_SEGMENT_GAP")


def stm_records(
    path: Path, lines: Iterable[tuple[int, str]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Segments: file, channel, speaker, begin, end, an optional ``<label>``, the words."""
    for number, line in lines:
        if not line.strip() or line.startswith(";;"):
            continue
        fields = line.split(None, 5)
        if len(fields) < 5:
            raise ValueError(
                f"{path}, line {number}: a segment has file, channel, speaker, begin, end"
            )
        file, channel, speaker, begin, end, *rest = fields
        text = rest[0] if rest else ""
        if text.startswith("<"):
            text = text.partition(">")[2]
        if text.strip().upper() in _SKIPPED:
            continue
        span = (_seconds(path, number, begin), _seconds(path, number, end))
        yield number, {
            "id": f"{file}-{channel}-{span[0]:.2f}-{span[1]:.2f}", "text": text.strip(),
            "speaker": speaker, "recording": f"{file}-{channel}",
            "begin_s": span[0], "end_s": span[1],
        }  # fmt: skip


def ctm_records(
    path: Path, lines: Iterable[tuple[int, str]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Words of whole recordings: file, channel, begin, duration, word; in order of time."""
    words: dict[str, list[tuple[float, float, str]]] = {}
    for number, line in lines:
        fields = line.split()
        if not fields or line.startswith(";;") or fields[3:4] == ["*"]:
            continue
        if len(fields) < 5:
            raise ValueError(
                f"{path}, line {number}: a word has file, channel, begin, duration, word"
            )
        file, channel, begin, duration, word = fields[:5]
        start, length = _seconds(path, number, begin), _seconds(path, number, duration)
        words.setdefault(f"{file}-{channel}", []).append((start, start + length / 2, word))
    for number, (recording, spoken) in enumerate(words.items(), start=1):
        spoken.sort(key=lambda word: word[0])
        yield number, {
            "id": recording, "text": " ".join(word for _, _, word in spoken),
            "middles_s": [middle for _, middle, _ in spoken],
        }  # fmt: skip


def _seconds(path: Path, number: int, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{path}, line {number}: {text[:20]!r} is no time in seconds")
    return seconds


def share_words(
    words: Iterable[tuple[str, float]], segments: Iterable[tuple[float, float, str]]
) -> dict[str, str]:
    """Texts of the segments (begin, end, id) of one recording, from words with middles."""
    spans = sorted(segments)
    begins = [begin for begin, _, _ in spans]
    texts: dict[str, list[str]] = {identifier: [] for _, _, identifier in spans}
    for word, middle in words:
        after = bisect_right(begins, middle)
        near = spans[max(0, after - 1) : after + 1]
        nearest = min(near, key=lambda span: max(span[0] - middle, middle - span[1], 0.0))
        texts[nearest[2]].append(word)
    return {identifier: " ".join(spoken) for identifier, spoken in texts.items()}
