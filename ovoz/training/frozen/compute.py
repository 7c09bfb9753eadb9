"""Runs the frozen layers over recordings, once for each, in several processes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

from ovoz.model.features import Features
from ovoz.model.network import SpeechNetwork
from ovoz.progress import ProgressCallback
from ovoz.training.arithmetic import autocast
from ovoz.training.config import TrainingPrecision
from ovoz.training.frozen.names import OutputNames, Source
from ovoz.training.frozen.store import OutputStore
from ovoz.training.sounds import StageSounds


class LowerLayers:
    """The frozen part of a network.

    Args:
        network: The network; put into evaluation mode.
        layers: Frozen layers.
        precision: Arithmetic of the pass; not ``auto``.
    """

    def __init__(self, network: SpeechNetwork, layers: int, precision: TrainingPrecision) -> None:
        self._network = network.eval()
        self._layers = layers
        self._precision = precision
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, features: Features) -> npt.NDArray[np.float16]:
        """Outputs [D, T] for the features of one signal; alone, so that no neighbour rounds it."""
        inputs = torch.from_numpy(features)[None].to(self.device)
        lengths = torch.tensor([inputs.shape[-1]], device=self.device)
        network = self._network.to(self.device)
        with torch.inference_mode(), autocast(self._precision, self.device):
            hidden, _ = network.encode_lower(
                features_BMF=inputs, lengths_B=lengths, layers=self._layers
            )
        # As Whisper itself does in half precision; its largest outputs are in the hundreds.
        largest = float(np.finfo(np.float16).max)
        return hidden[0].T.float().clamp(-largest, largest).half().cpu().contiguous().numpy()


class _Computation(Dataset[Features | None]):
    """Item n is the work on output n: None when it is written, features for a GPU to finish."""

    def __init__(
        self, wanted: Mapping[str, Source], names: OutputNames, sounds: StageSounds,
        lower: LowerLayers, store: OutputStore,
    ) -> None:  # fmt: skip
        self.wanted = list(wanted.items())
        self._names = names
        self._sounds = sounds
        self._lower = lower
        self._store = store

    def __len__(self) -> int:
        return len(self.wanted)

    def __getitem__(self, place: int) -> Features | None:
        _, source = self.wanted[place]
        generator = self._names.generator(source)
        features = self._sounds.make_features(source.utterance, source.heard, generator)
        if self._lower.device.type != "cpu":
            return features
        self.finish(place, features)
        return None

    def finish(self, place: int, features: Features) -> None:
        """Write the output of one source."""
        self._store.save(self.wanted[place][0], self._lower(features))


def compute_outputs(
    wanted: Mapping[str, Source],
    names: OutputNames,
    sounds: StageSounds,
    lower: LowerLayers,
    store: OutputStore,
    *,
    processes: int,
    progress: ProgressCallback,
) -> None:
    """Compute and keep outputs.

    On a CPU every process runs whole outputs on one thread of its own, so that rounding depends
    neither on their number nor on what else runs. On a GPU they make the sounds, and this process
    runs the layers.

    Args:
        wanted: Sources by the names of their outputs.
        names: Gives the random generator of a source.
        sounds: Makes the sound of a source.
        lower: The frozen layers.
        store: Receives the outputs.
        processes: Processes to compute in; 0 computes here.
        progress: Called with the outputs done and those wanted.
    """
    work = _Computation(wanted, names, sounds, lower, store)
    # The loader's workers have one thread each, and end with this process.
    loader: DataLoader[Features | None] = DataLoader(
        work,
        batch_size=None,
        num_workers=processes,
        collate_fn=_as_it_is,  # type: ignore[arg-type]  # an item, not a list: batch_size is None
    )
    with _one_thread():
        for place, features in enumerate(loader):
            if features is not None:
                work.finish(place, features)
            progress(place + 1, len(work))


def _as_it_is(item: Features | None) -> Features | None:
    return item


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
