"""Whether two versions write the same languages equally often: a witness that is named before.

The distance between two mixes of languages is the largest difference, over all sets of languages,
between the shares of transcripts in the set (total variation). A test by betting needs one
difference for each pair, whose expectation is at most that distance: membership in a set that was
chosen from earlier pairs alone, here the languages that the canary has written more often so far
(the predictable witness of Shekhar and Ramdas, arXiv 2112.09162, section 3). The set approaches the
one that tells the mixes apart the most. The difference of another set is smaller, so that nothing
follows from a small one: this measure rolls back, and never shows a canary to be within a margin.
"""

from collections import defaultdict
from collections.abc import Sequence


class LanguageMix:
    """The languages of earlier pairs, as this process has seen them."""

    def __init__(self) -> None:
        self._excess: defaultdict[str, float] = defaultdict(float)
        """Transcripts of the canary in a language, less those of production in each block."""

    def compare(self, canary: str, production: Sequence[str]) -> tuple[float, float] | None:
        """Membership of a pair in the set named before; None where one of them has no language.

        Args:
            canary: Language of its transcript.
            production: Languages of a block of transcripts; empty ones are left out.

        Returns:
            1 or 0 for the canary, and the share of the block.
        """
        known = [language for language in production if language]
        if not canary or not known:
            return None
        more = {language for language, excess in self._excess.items() if excess > 0}
        compared = float(canary in more), sum(one in more for one in known) / len(known)
        self._excess[canary] += 1
        for language in known:
            self._excess[language] -= 1 / len(known)
        return compared
