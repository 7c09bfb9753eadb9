"""Points of charts on pages; the templates draw them as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 320, 160

_WHOLE = 10
"""From here on, the end of an axis is written as a whole number."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of WIDTH by HEIGHT pixels: SVG ``points`` of lines, and bars (x, y, width, height).

    ``x_range`` and ``y_range`` label the ends of the axes.
    """

    title: str
    x_label: str
    y_label: str
    x_range: tuple[str, str]
    y_range: tuple[str, str]
    lines: tuple[str, ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()


def draw_line_chart(
    title: str,
    labels: tuple[str, str],
    lines: Sequence[Sequence[tuple[float, float]]],
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
) -> Chart:
    """Lines of (x, y) between the limits; ``labels`` are those of the two axes."""

    def place(x: float, y: float) -> str:
        right = WIDTH * (x - x_limits[0]) / ((x_limits[1] - x_limits[0]) or 1)
        up = HEIGHT * (y - y_limits[0]) / ((y_limits[1] - y_limits[0]) or 1)
        return f"{right:.1f},{HEIGHT - up:.1f}"

    return Chart(
        title,
        *labels,
        x_range=(f"{x_limits[0]:g}", f"{x_limits[1]:g}"),
        y_range=(f"{y_limits[0]:.2g}", f"{y_limits[1]:.2g}"),
        lines=tuple(" ".join(place(x, y) for x, y in line) for line in lines),
    )


def draw_histogram(
    title: str, labels: tuple[str, str], values: Sequence[float], low: float | None = 0.0
) -> Chart:
    """How often ``values`` fall into 24 equal ranges from ``low`` to their 99th percentile.

    Without ``low`` the ranges start at the first percentile.
    """
    low, high = float(np.percentile(values, 1)) if low is None else low, np.percentile(values, 99)
    counts, _ = np.histogram(values, bins=24, range=(low, float(high) if high > low else low + 1))
    top, width = max(int(counts.max()), 1), WIDTH / len(counts)
    bars = tuple(
        (place * width, HEIGHT * (1 - count / top), width - 1, HEIGHT * count / top)
        for place, count in enumerate(counts.tolist())
    )
    ends = (f"{low:.3g}", f"{high:.0f}" if high >= _WHOLE else f"{high:.2g}")
    return Chart(title, *labels, ends, ("0", str(top)), bars=bars)
