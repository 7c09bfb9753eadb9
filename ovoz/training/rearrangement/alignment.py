"""Aligns the rows of a stage with a network: features and searches in several processes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Utterance
from ovoz.decoding.ctc_path import LogProbs
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.features import Features
from ovoz.progress import ProgressCallback
from ovoz.training.arithmetic import autocast
from ovoz.training.audio_cache import AudioCache
from ovoz.training.batches import batch_by_length
from ovoz.training.config import TrainingPrecision
from ovoz.training.rearrangement.placing import PlacedWords, make_batch, place_words

_GPU_BATCH_S: Final = 600.0
_CPU_BATCH_S: Final = 60.0
"""Audio of a batch, padding included. On a CPU, larger ones are no faster."""

_Result = TypeVar("_Result")
_Given = ParamSpec("_Given")


class _SameProcess(Executor):
    """Runs everything at once, where it is asked for."""

    def submit(
        self, fn: Callable[_Given, _Result], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[_Result]:
        done: Future[_Result] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def align_rows(
    rows: Sequence[Utterance],
    checkpoint: Checkpoint,
    root: Path,
    precision: TrainingPrecision,
    device: torch.device,
    workers: int,
    progress: ProgressCallback,
) -> dict[str, PlacedWords | None]:
    """Place the words of all rows, by their ids; None where a text has no room in its sound.

    Args:
        rows: What is aligned.
        checkpoint: The network; it is moved to ``device`` and put into evaluation mode.
        root: Folder that the rows' audio paths are relative to.
        precision: Arithmetic of the network; not ``auto``.
        device: Where the network runs.
        workers: Processes that make features and search; 0 does both here.
        progress: Called with the number of rows done and of all.

    Raises:
        AudioError: A row's audio cannot be read.
        ValueError: The network has no CTC head, or its outputs hold NaN.
    """
    config = checkpoint.network.config.features
    batch_s = _GPU_BATCH_S if device.type == "cuda" else _CPU_BATCH_S
    counts = [config.count_frames(round(row.duration_s * SAMPLE_RATE)) for row in rows]
    limit = config.count_frames(round(batch_s * SAMPLE_RATE))
    batches = [[rows[place] for place in batch] for batch in batch_by_length(counts, limit)]
    cache, symbols = AudioCache(root, config, 0), checkpoint.tokenizer.symbols
    placed: dict[str, PlacedWords | None] = {}
    with _start(workers) as pool:
        inputs = _ahead((pool.submit(make_batch, batch, cache) for batch in batches), workers + 1)
        searches = (
            pool.submit(
                place_words, symbols, _run(checkpoint, *one, precision, device),
                [row.text for row in batch],
            )
            for batch, one in zip(batches, inputs, strict=True)
        )  # fmt: skip
        for batch, found in zip(batches, _ahead(searches, 2 * workers), strict=True):
            placed.update(zip((row.id for row in batch), found, strict=True))
            progress(len(placed), len(rows))
    return placed


def _start(workers: int) -> Executor:
    if not workers:
        return _SameProcess()
    # A fork would keep a copy of the memory of this process.
    return ProcessPoolExecutor(workers, get_context("forkserver"))


def _ahead(work: Iterable[Future[_Result]], count: int) -> Iterator[_Result]:
    """Results in order, while ``count`` further ones are worked on: that bounds the memory."""
    waiting: deque[Future[_Result]] = deque()
    for one in work:
        waiting.append(one)
        if len(waiting) > count:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _run(
    checkpoint: Checkpoint,
    features: Features,
    lengths: npt.NDArray[np.int64],
    precision: TrainingPrecision,
    device: torch.device,
) -> list[LogProbs]:
    """Log-probabilities [T, V] of every row of a batch."""
    network = checkpoint.network.eval().to(device)
    with torch.inference_mode(), autocast(precision, device):
        log_probs, frames = network(
            torch.from_numpy(features).to(device), torch.from_numpy(lengths).to(device)
        )
    of_all, counts = log_probs.float().cpu().numpy(), frames.tolist()
    return [one[:count] for one, count in zip(of_all, counts, strict=True)]
