"""Since when: the day on which a column changed."""

import numpy as np
import numpy.typing as npt

from ovoz.monitoring.drift import distance


def change_day(days: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> int:
    """The first day, from 0, of what differs from the reference.

    The month is cut where the shares of bins on both sides are least spread (Truong et al., 2020).
    ruptures looks at the month as a whole; methods for streams, such as ADWIN, see the past alone.

    Args:
        days: Counts of bins, [days, bins].
        expected: Counts of the reference, [bins].

    Returns:
        0 where the days before the cut differ from the reference as well.
    """
    import ruptures

    filled = np.flatnonzero(days.sum(axis=1))
    if len(filled) < 2:
        return int(filled[0]) if len(filled) else 0
    shares = days[filled] / days[filled].sum(axis=1, keepdims=True)
    cut = ruptures.KernelCPD(kernel="linear", min_size=1).fit(np.cumsum(shares, axis=1))
    place = cut.predict(n_bkps=1)[0]
    before = distance(days[filled[:place]].sum(axis=0), expected, ordered=True)
    after = distance(days[filled[place:]].sum(axis=0), expected, ordered=True)
    return int(filled[0] if before > after / 2 else filled[place])
