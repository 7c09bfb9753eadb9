"""How mixed a test set is: M-index and I-index (CMI: :mod:`ovoz.text.code_mixing`).

A mixed word (a Russian stem with an Uzbek suffix) counts as half a word of each language in the
M-index, as in CMI. Words labelled ``other`` are left out of both.
"""

import numpy as np

from ovoz.evaluation.metrics.rates import Counts, ratio


def m_index(tokens: Counts) -> Counts:
    """M = (1 - Σp²) / ((k - 1) Σp²), in [0, 1]: 0 monolingual, 1 all languages equal.

    Args:
        tokens: words of each language [..., k], k > 1; p are their shares of the whole test set.

    Returns:
        M-index [...]; NaN where there are no words.

    Source: Barnett et al., "The LIDES Coding Manual" (2000).
    """
    shares = ratio(tokens, np.sum(tokens, axis=-1, keepdims=True))
    squares = np.sum(shares**2, axis=-1)
    return ratio(1 - squares, (np.shape(tokens)[-1] - 1) * squares)


def i_index(switches: Counts, boundaries: Counts) -> Counts:
    """I = switch points / word boundaries, in [0, 1].

    An utterance of n words with a language has n - 1 boundaries; switch points between utterances
    do not count. Source: Guzmán et al., "Metrics for modeling code-switching across corpora"
    (Interspeech 2017).
    """
    return ratio(switches, boundaries)
