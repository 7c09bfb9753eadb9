"""The conditions of a promotion, and its record on the version."""

from datetime import UTC, datetime

from ovoz.evaluation.judgement import Verdict
from ovoz.registry.policy import Policy
from ovoz.registry.version import Promotion, PromotionRefusedError, VersionRow


def check_evidence(version: str, alias: str, verdict: Verdict, why: str, policy: Policy) -> None:
    """Refuse a promotion to an unknown alias, without gates that were met, or without a reason.

    Raises:
        PromotionRefusedError: The policy has no such alias, no gate was judged, one failed, or
            ``why`` is blank.
    """
    if alias not in policy.aliases:
        raise PromotionRefusedError(f"no alias {alias!r}; there are {', '.join(policy.aliases)}")
    if not verdict.results:
        raise PromotionRefusedError(f"version {version} is not made {alias}: no gate was judged")
    if not verdict.passed:
        raise PromotionRefusedError(f"version {version} failed its gates and is not made {alias}")
    if not why.strip():
        raise PromotionRefusedError(f"version {version} is not made {alias} without a reason")


def check_move(row: VersionRow, alias: str, policy: Policy, *, despite_withdrawal: bool) -> None:
    """Refuse a move of ``alias`` to a version that may not have it.

    An alias that the version held before counts, since a newer version may have taken it.

    Raises:
        PromotionRefusedError: The version was not completely registered, never held an alias from
            which it may move there, or was withdrawn.
    """
    if row.summary is None:
        raise PromotionRefusedError(
            f"the registration of version {row.version} was cut off: register it again"
        )
    comes_from = policy.aliases[alias].comes_from
    if not {policy.candidate, *row.aliases, *row.promotions} & set(comes_from):
        raise PromotionRefusedError(
            f"version {row.version} is {', '.join(row.aliases) or 'without alias'};"
            f" only {' or '.join(comes_from)} becomes {alias}"
        )
    if row.withdrawn and not despite_withdrawal:
        raise PromotionRefusedError(
            f"version {row.version} was withdrawn from production by {row.withdrawn.who}"
            f" ({row.withdrawn.why}): `ovoz promote {row.version} {alias}` takes it back"
        )


def record_promotion(
    alias: str, verdict: Verdict, former: VersionRow | None, *, who: str, why: str
) -> Promotion:
    """The record of a promotion, as of now.

    Args:
        alias: Where the version moves.
        verdict: The gates that were judged.
        former: The version that holds the alias so far.
        who: Who promotes.
        why: The reason.
    """
    replaced = former.promotions.get(alias) if former else None
    return Promotion(
        who=who,
        when=timestamp(),
        why=why,
        figures={result.gate.name: result.value for result in verdict.results},
        limits={result.gate.name: result.gate.limit for result in verdict.results},
        waivers={
            result.waiver.gate: result.waiver.told for result in verdict.results if result.waiver
        },
        replaced=former.version if former else None,
        replaced_figures=replaced.figures if replaced else {},
    )


def timestamp() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
