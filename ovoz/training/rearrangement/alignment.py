"""Aligns the rows of a stage with a network: features and searches in several processes."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

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
from ovoz.training.rearrangement.placing import PlacedWords, place_words

_GPU_BATCH_S: Final = 600.0
_CPU_BATCH_S: Final = 60.0
"""Audio of a batch, padding included. On a CPU, larger ones are no faster."""

_AHEAD: Final = 3
"""Batches for each process that wait for their search: bounds the memory."""

_FORKSERVER: Final = "forkserver"

_Inputs = tuple[Features, npt.NDArray[np.int64]]


class _PaddedBatches(Dataset[_Inputs]):
    """Item n: the features float32 [B, M, F] of batch n, padded, and their true lengths [B]."""

    def __init__(
        self, rows: Sequence[Utterance], batches: Sequence[Sequence[int]], cache: AudioCache
    ) -> None:
        self._rows = rows
        self._batches = batches
        self._cache = cache

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, place: int) -> _Inputs:
        features = [self._cache.clean_features(self._rows[row]) for row in self._batches[place]]
        lengths = np.array([one.shape[1] for one in features])
        padded = np.zeros((len(features), features[0].shape[0], lengths.max()), np.float32)
        for row, one in enumerate(features):
            padded[row, :, : one.shape[1]] = one
        return padded, lengths


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
        workers: Processes that make features, and as many that search; 0 does both here.
        progress: Called with the number of rows done and of all.

    Raises:
        AudioError: A row's audio cannot be read.
        ValueError: The network has no CTC head, or its outputs hold NaN.
    """
    config = checkpoint.network.config.features
    batch_s = _GPU_BATCH_S if device.type == "cuda" else _CPU_BATCH_S
    counts = [config.count_frames(round(row.duration_s * SAMPLE_RATE)) for row in rows]
    batches = batch_by_length(counts, config.count_frames(round(batch_s * SAMPLE_RATE)))
    loader: DataLoader[_Inputs] = DataLoader(
        _PaddedBatches(rows, batches, AudioCache(root, config, 0)),
        batch_size=None,
        num_workers=workers,
        collate_fn=_as_they_are,  # type: ignore[arg-type]  # an item: batch_size is None
        multiprocessing_context=_FORKSERVER if workers else None,
        generator=torch.Generator(),  # leaves the random state of the training alone
    )
    placed: dict[str, PlacedWords | None] = {}
    with _searches(checkpoint.tokenizer.symbols, workers) as search:
        outputs = (
            _run(checkpoint, features, lengths, precision, device) for features, lengths in loader
        )
        texts = [[rows[row].text for row in batch] for batch in batches]
        for batch, found in zip(batches, search.run(outputs, texts), strict=True):
            placed.update(zip((rows[row].id for row in batch), found, strict=True))
            progress(len(placed), len(rows))
    return placed


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


class _Searches:
    """Searches for paths, in the processes of a pool or here."""

    def __init__(
        self, symbols: Sequence[str], pool: ProcessPoolExecutor | None, ahead: int
    ) -> None:
        self._symbols = symbols
        self._pool = pool
        self._ahead = ahead

    def run(
        self, outputs: Iterator[list[LogProbs]], texts: Sequence[Sequence[str]]
    ) -> Iterator[list[PlacedWords | None]]:
        """The words of every batch, in order; the next batches are computed meanwhile."""
        waiting: deque[Future[list[PlacedWords | None]]] = deque()
        for log_probs, of_batch in zip(outputs, texts, strict=True):
            if self._pool is None:
                yield place_words(self._symbols, log_probs, of_batch)
                continue
            waiting.append(self._pool.submit(place_words, self._symbols, log_probs, of_batch))
            if len(waiting) > self._ahead:
                yield waiting.popleft().result()
        for one in waiting:
            yield one.result()


@contextmanager
def _searches(symbols: Sequence[str], workers: int) -> Iterator[_Searches]:
    if not workers:
        yield _Searches(symbols, None, 0)
        return
    with ProcessPoolExecutor(workers, get_context(_FORKSERVER)) as pool:
        yield _Searches(symbols, pool, _AHEAD * workers)


def _as_they_are(item: _Inputs) -> _Inputs:
    return item
