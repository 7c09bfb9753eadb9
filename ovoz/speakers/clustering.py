"""Embeddings to speakers: Ward's clustering, the number by the silhouette, k-means at the end.

Ward 1963, "Hierarchical grouping to optimize an objective function"; Rousseeuw 1987, "Silhouettes".
Both by scikit-learn and SciPy; what is written here is how they are put together.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import silhouette_score

from ovoz.speakers.config import DiarizationConfig, SpeakerCount
from ovoz.speakers.encoder import Embeddings, normalize

Labels = npt.NDArray[np.int64]

_ROUNDS: Final = 3


def cluster(embeddings: Embeddings, count: SpeakerCount, config: DiarizationConfig) -> Labels:
    """A speaker for each embedding [N, D] of length 1, int64 [N]; speaker 0 is the first heard.

    With fewer embeddings than speakers that were asked for, there are fewer speakers. Memory and
    time are linear in N beyond ``config.clustered``.
    """
    total = len(embeddings)
    chosen = embeddings[_spread(total, config.clustered)]
    if total < 2 or count.most == 1:
        return np.zeros(total, np.int64)
    tree = linkage(chosen, "ward")
    least = max(count.least, 2)
    smallest = 1 if count.least == count.most else _smallest(total, len(chosen), config)
    divided = _best_division(tree, chosen, range(least, count.most + 1), smallest)
    if count.least == 1 and (divided is None or _is_one_voice(tree, chosen, config)):
        return np.zeros(total, np.int64)
    if divided is None:
        divided = fcluster(tree, least, "maxclust")
    return _in_order_of_speech(_refine(embeddings, _means(chosen, divided)))


def _spread(total: int, most: int) -> npt.NDArray[np.int64]:
    """Places of at most ``most`` of ``total`` embeddings, evenly spread."""
    if total <= most:
        return np.arange(total)
    return np.linspace(0, total - 1, most).round().astype(np.int64)


def _smallest(total: int, chosen: int, config: DiarizationConfig) -> int:
    """How many of the chosen embeddings a speaker has at least."""
    return max(1, round(config.smallest_s / config.hop_s * chosen / max(total, 1)))


def _best_division(
    tree: npt.NDArray[np.float64], chosen: Embeddings, counts: range, smallest: int
) -> Labels | None:
    """The division with the highest silhouette; None where every one has too small a speaker."""
    best: tuple[float, Labels] | None = None
    for number in counts:
        labels: Labels = fcluster(tree, number, "maxclust")
        sizes = np.bincount(labels)[1:]
        if not 2 <= len(sizes) < len(chosen) or sizes.min() < smallest:
            continue
        if len(counts) == 1:
            return labels
        score = float(silhouette_score(chosen, labels, metric="cosine"))
        if best is None or score > best[0]:
            best = score, labels
    return None if best is None else best[1]


def _is_one_voice(
    tree: npt.NDArray[np.float64], chosen: Embeddings, config: DiarizationConfig
) -> bool:
    """Whether even the two groups that differ most are one speaker's."""
    means = _means(chosen, fcluster(tree, 2, "maxclust"))
    return len(means) < 2 or float(means[0] @ means[1]) > config.one_speaker


def _means(embeddings: Embeddings, labels: Labels) -> Embeddings:
    """The direction of the mean of every group, [K, D]."""
    return normalize(
        np.stack([embeddings[labels == one].mean(axis=0) for one in np.unique(labels)])
    )


def _refine(embeddings: Embeddings, means: Embeddings) -> Labels:
    """Each embedding goes to the mean that it is most like, a few times (spherical k-means)."""
    for _ in range(_ROUNDS):
        labels = np.argmax(embeddings @ means.T, axis=1)
        kept = [place for place in range(len(means)) if (labels == place).any()]
        means = _means(embeddings, labels) if len(kept) == len(means) else means[kept]
    return np.asarray(np.argmax(embeddings @ means.T, axis=1), np.int64)


def _in_order_of_speech(labels: Labels) -> Labels:
    """The same groups, numbered by their first member."""
    _, first, places = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[places], np.int64)
