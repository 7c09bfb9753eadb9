"""Write the synthetic corpus: audio, manifest, and what it was made with."""

import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from ovoz.corpus.clips import write_clip
from ovoz.corpus.manifest import MANIFEST_FILE, Condition, Utterance, write_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.plan import PlannedUtterance, plan
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback
from ovoz.text.pack import load_pack

RECORD_FILE: Final = "corpus.json"
_CHUNK: Final = 125


def generate(
    config: SyntheticConfig,
    folder: Path,
    progress: ProgressCallback | None = None,
) -> Path:
    """Synthesise the corpus into ``folder``; returns at once when it is there already.

    The same configuration and code give the same bytes. The folder appears complete or not at all,
    and replaces an older one.

    Args:
        config: What to synthesise.
        folder: Becomes ``audio/<split>/<id>.flac``, ``manifest.parquet`` and ``corpus.json``.
        progress: Called with the number of utterances done and of all.

    Returns:
        The manifest's path.

    Raises:
        SpeechError: espeak-ng fails.
        ValueError: More sentences or voices are asked for than there are.
        OSError: The disk is full or the folder cannot be written.
    """
    planned = plan(config, load_pack(config.pack))
    fingerprint = _fingerprint(config, planned)
    if not is_complete(folder, fingerprint):
        record = {"fingerprint": fingerprint, "config": config.model_dump(mode="json")}
        write_corpus(planned, record, folder, config.pack, progress)
    return folder / MANIFEST_FILE


def write_corpus(
    planned: list[PlannedUtterance],
    record: dict[str, Any],
    folder: Path,
    pack: str,
    progress: ProgressCallback | None = None,
) -> None:
    """Speak every utterance, in the voices of ``pack``, and write manifest and ``record`` beside.

    The folder appears complete or not at all, and replaces an older one.

    Raises:
        SpeechError: espeak-ng fails.
        OSError: The disk is full or the folder cannot be written.
    """
    with atomic_folder(folder) as unfinished:
        for split in {utterance.split for utterance in planned}:
            (unfinished / "audio" / split.value).mkdir(parents=True)
        utterances = _speak_all(planned, unfinished, pack, progress)
        write_manifest(utterances, unfinished / MANIFEST_FILE)
        (unfinished / RECORD_FILE).write_text(json.dumps(record, indent=1), encoding="utf-8")


def is_complete(folder: Path, fingerprint: str) -> bool:
    """Whether the folder holds the corpus whose record has this fingerprint."""
    try:
        record = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(record.get("fingerprint") == fingerprint) and (folder / MANIFEST_FILE).is_file()


def _fingerprint(config: SyntheticConfig, planned: list[PlannedUtterance]) -> str:
    """Of everything that decides the bytes: the plan and the versions of what speaks it."""
    versions = [version(name) for name in ("espeakng-loader", "soxr", "soundfile")]
    digest = hashlib.sha256(json.dumps([config.model_dump(mode="json"), versions]).encode())
    for name in ("speech.py", "voiced_runs.py", "../../audio/measures.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    for one in planned:
        digest.update(f"{one.id}\t{one.text}\t{one.transcript}\t{one.voice}\n".encode())
    return digest.hexdigest()


def _speak_all(
    planned: list[PlannedUtterance],
    folder: Path,
    pack: str,
    progress: ProgressCallback | None,
) -> list[Utterance]:
    """All utterances, spoken by as many processes as there are cores.

    espeak-ng keeps state between utterances that no call resets, so what it says depends on what
    it said before. Each chunk of utterances is therefore spoken by a process that is new to it.
    """
    utterances = []
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1) as pool:
        speak = partial(_speak, folder=folder, pack=pack)
        results = pool.map(speak, planned, chunksize=_CHUNK)
        for done, utterance in enumerate(results, start=1):
            utterances.append(utterance)
            if progress is not None:
                progress(done, len(planned))
    return utterances


@cache
def _speaker() -> Speaker:
    return Speaker()


def _speak(planned: PlannedUtterance, folder: Path, pack: str) -> Utterance:
    samples = _speaker().say(planned.text, planned.voice, load_pack(pack))
    return Utterance(
        id=planned.id,
        text=planned.transcript,
        raw_text=planned.text,
        languages=planned.language,
        dialect=planned.dialect,
        speaker=planned.voice.speaker,
        source="synthetic:espeak-ng",
        licence="CC0-1.0",
        consent="not applicable: synthetic speech",
        split=planned.split,
        condition=Condition.CLEAN,
        **write_clip(folder, f"audio/{planned.split.value}/{planned.id}.flac", samples),
    )
