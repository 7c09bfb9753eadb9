"""Sees to it that the outputs which a stage reads are on disk before its first step."""

import logging
import os
from collections.abc import Iterable, Sequence
from typing import Final, overload

from accelerate import PartialState

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Utterance
from ovoz.model.config import CONV_STRIDE
from ovoz.model.features import Features
from ovoz.progress import progress_bar
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.audio_cache import AudioCache
from ovoz.training.batches import UtteranceDraw
from ovoz.training.config import FreezeConfig
from ovoz.training.frozen.compute import LowerLayers, compute_outputs
from ovoz.training.frozen.inputs import FrozenInputs
from ovoz.training.frozen.names import OutputNames, Source
from ovoz.training.frozen.store import OutputStore
from ovoz.training.job import StageJob
from ovoz.training.sounds import Heard, StageSounds

FOLDER: Final = "frozen-outputs"
"""Folder of the outputs, beside those of the stages."""

_WORTH_PROCESSES_S: Final = 300.0
"""Less audio is done before further processes have started."""

_HEADER_BYTES: Final = 128

_log = logging.getLogger(__name__)


class KeptOutputs(Sequence[Features]):
    """Outputs of some recordings, read from disk at each use."""

    def __init__(self, store: OutputStore, names: Sequence[str]) -> None:
        self._store = store
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, place: int) -> Features: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Features]: ...
    def __getitem__(self, place: int | slice) -> Features | Sequence[Features]:
        if isinstance(place, slice):
            return KeptOutputs(self._store, self._names[place])
        return self._store.load(self._names[place])


def keep_outputs(
    job: StageJob,
    freeze: FreezeConfig,
    train: Sequence[Utterance],
    dev: Sequence[Utterance],
    plan: Iterable[Iterable[UtteranceDraw]],
    arithmetic: Arithmetic,
    state: PartialState,
) -> tuple[FrozenInputs, KeptOutputs]:
    """Compute what is not there yet; the inputs of the draws, and those of the development rows.

    Several training processes share the work and wait for each other.

    Raises:
        CacheLimitError: The outputs need more space than there is.
    """
    network = job.start.network
    store = OutputStore(job.folder.parent / FOLDER)
    # What is computed once needs no decoded audio in memory.
    cache = AudioCache(job.root, network.config.features, 0)
    sounds = StageSounds(train, cache, job.stage, job.recorded)
    names = OutputNames(job, freeze.layers, arithmetic.precision, train)
    inputs = FrozenInputs(train, sounds, names, store, job, freeze)
    scored = {names.name(one): one for one in (Source(row, Heard.RECORDING) for row in dev)}
    needed = inputs.find_sources(draw for batch in plan for draw in batch) | scored
    missing = {name: source for name, source in needed.items() if name not in store}
    if state.is_main_process:
        size = sum(_estimate_bytes(source, job) for source in missing.values())
        store.make_room(needed, size, freeze.cache_gb)
        _log.info("frozen layers: %d outputs, %d to compute", len(needed), len(missing))
    state.wait_for_everyone()
    mine = dict(list(missing.items())[state.process_index :: state.num_processes])
    if mine:
        seconds = sum(source.utterance.duration_s for source in mine.values())
        processes = _count_processes() if seconds > _WORTH_PROCESSES_S else 0
        lower = LowerLayers(network, freeze.layers, arithmetic.precision)
        title = f"frozen layers for {job.stage.name}"
        with progress_bar(title, len(mine), transient=False) as show:
            compute_outputs(mine, names, sounds, lower, store, processes=processes, progress=show)
    state.wait_for_everyone()
    return inputs, KeptOutputs(store, list(scored))


def _count_processes() -> int:
    """One for every core, shared with the other training processes on this machine."""
    return max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def _estimate_bytes(source: Source, job: StageJob) -> int:
    """Most bytes of the file of an output."""
    config = job.start.network.config
    seconds = source.utterance.duration_s
    if source.heard is Heard.DISTORTED and job.stage.augment is not None:
        seconds /= min(1.0, job.stage.augment.speed[0])
    frames = config.features.count_frames(round(seconds * SAMPLE_RATE)) // CONV_STRIDE + 1
    return _HEADER_BYTES + 2 * config.d_model * frames
