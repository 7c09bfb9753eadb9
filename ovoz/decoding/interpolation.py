"""Linear interpolation of n-gram models into one, with weights fitted to a development text.

Jelinek & Mercer, "Interpolated estimation of Markov source parameters from sparse data", 1980, for
the weights; Stolcke, "SRILM - an extensible language modeling toolkit", ICSLP 2002, for the static
mixture, which has the n-grams of all models and new back-off weights. KenLM's ``interpolate`` does
the same, but its Python package does not contain it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.decoding.kneser_ney import BEGIN, END, Gram, NgramModel

_ROUNDS: Final = 100
_SETTLED: Final = 1e-4
"""Largest change of a weight in a round after which the weights are taken as found."""


def fit_weights(
    models: Sequence[NgramModel], sentences: Iterable[Sequence[str]]
) -> tuple[float, ...]:
    """Weights under which the mixture gives ``sentences`` the highest likelihood; they sum to 1.

    Expectation maximization from equal weights. Tokens that no model knows do not count; where no
    token counts, the weights stay equal.
    """
    given = _probabilities(models, sentences)
    given = given[given.sum(axis=1) > 0]
    weights = np.full(len(models), 1 / len(models))
    for _ in range(_ROUNDS if len(given) else 0):
        shares = given * weights
        updated = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        moved = np.abs(updated - weights).max()
        weights = updated
        if moved < _SETTLED:
            break
    return tuple(weights.tolist())


def _probabilities(
    models: Sequence[NgramModel], sentences: Iterable[Sequence[str]]
) -> npt.NDArray[np.float64]:
    """What each model gives each token of the sentences, ends included; [tokens, models]."""
    rows = []
    for sentence in sentences:
        tokens = (BEGIN, *sentence, END)
        for place in range(1, len(tokens)):
            gram = tokens[: place + 1]
            rows.append([_known_probability(model, gram) for model in models])
    return np.array(rows, np.float64).reshape(-1, len(models))


def _known_probability(model: NgramModel, gram: Gram) -> float:
    """P(last token | the tokens before it); 0 for a token outside the vocabulary."""
    if gram[-1:] not in model.probabilities[0]:
        return 0.0
    return model.probability(gram[-1], gram[:-1][-model.order + 1 :] if model.order > 1 else ())


def interpolate_models(models: Sequence[NgramModel], weights: Sequence[float]) -> NgramModel:
    """One model for the mixture of several; models of weight 0 are left out.

    Args:
        models: At least one of them has a weight above 0.
        weights: One weight in [0, 1] per model; they sum to 1.
    """
    parts = [(model, weight) for model, weight in zip(models, weights, strict=True) if weight > 0]
    probabilities: list[dict[Gram, float]] = []
    backoffs: dict[Gram, float] = {}
    for length in range(1, max(model.order for model, _ in parts) + 1):
        grams = set().union(
            *(model.probabilities[length - 1] for model, _ in parts if model.order >= length)
        )
        table = {
            gram: sum(weight * _known_probability(model, gram) for model, weight in parts)
            for gram in grams
        }
        if probabilities:
            backoffs.update(_find_backoffs(table, probabilities[-1]))
        probabilities.append(table)
    return NgramModel(tuple(probabilities), backoffs)


def _find_backoffs(table: dict[Gram, float], shorter: dict[Gram, float]) -> dict[Gram, float]:
    """The weight of each context that leaves its probabilities with a sum of 1."""
    seen: defaultdict[Gram, float] = defaultdict(float)
    covered: defaultdict[Gram, float] = defaultdict(float)
    for gram, probability in table.items():
        seen[gram[:-1]] += probability
        covered[gram[:-1]] += shorter[gram[1:]]
    return {
        context: max(0.0, 1 - seen[context]) / max(1 - covered[context], np.finfo(float).eps)
        for context in seen
    }
