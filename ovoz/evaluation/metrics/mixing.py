"""How mixed a text is: CMI, M-index and I-index.

A mixed word (a Russian stem with an Uzbek suffix) counts as half a word of each language in CMI
and M-index: the morphemes are shared, and both indices keep their bounds. Words labelled ``other``
are left out of all three.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ovoz.evaluation.metrics.rates import Counts, ratio
from ovoz.text.language import Language


def language_tokens(
    languages: Sequence[Language], spoken: Sequence[Language]
) -> dict[Language, float]:
    """Words of each of the ``spoken`` languages; a mixed word is shared equally between them."""
    shared = languages.count(Language.MIXED) / len(spoken)
    return {language: languages.count(language) + shared for language in spoken}


def code_mixing_index(tokens: Mapping[Language, float]) -> float:
    """CMI = 1 - max(w_i) / (n - u) of one utterance, in [0, 1 - 1/k] for k languages.

    w_i are the words of language i, n all words, u the words of no language. NaN for an utterance
    without words of a language. Source: Das & Gambäck, "Identifying languages at the word level in
    code-mixed Indian social media text" (ICON 2014), there times 100. The CMI of a test set is the
    mean over its utterances, the monolingual ones included (Gambäck & Das, LREC 2016, C_avg).
    """
    total = sum(tokens.values())
    return 1 - max(tokens.values()) / total if total else float("nan")


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
