"""The page of a look: what changed, since when, how sure, whom it concerns, what to do."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ovoz.charts import HEIGHT, WIDTH, Chart, draw_line_chart
from ovoz.files import write_text
from ovoz.monitoring.advice import advise
from ovoz.monitoring.live_rate import LiveRate
from ovoz.monitoring.report import DriftReport


def write_page(report: DriftReport, live: Sequence[LiveRate], file: Path) -> None:
    """Write the page of a report and of corrections, complete or not at all.

    Raises:
        OSError: It cannot be written.
    """
    write_text(file, render_page(report, live))


def render_page(report: DriftReport, live: Sequence[LiveRate]) -> str:
    """The page as HTML that needs nothing from elsewhere."""
    environment = Environment(
        loader=PackageLoader("ovoz.monitoring"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("drift.html.jinja").render(
        report=report,
        live=live,
        advice=advise(
            [one.column for one in report.drifted],
            has_heavy_caller=report.heavy_caller is not None,
        ),
        chart=_chart(report),
        size=(WIDTH, HEIGHT),
    )


def _chart(report: DriftReport) -> Chart | None:
    """The estimated error rate by day, with the bounds of its interval; None under two days."""
    rates = report.error_rates.days
    if len(rates) < 2:
        return None
    first = rates[0][0]
    lines = [
        [((day - first).days, getattr(rate, bound)) for day, rate in rates]
        for bound in ("rate", "low", "high")
    ]
    highest = max(rate.high for _, rate in rates)
    return draw_line_chart(
        "Word error rate",
        (f"days since {first}", "share of words"),
        [[(float(day), min(share, 1.0)) for day, share in line] for line in lines],
        (0, (rates[-1][0] - first).days),
        (0, min(highest, 1.0)),
    )
