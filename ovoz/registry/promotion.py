"""The conditions of a promotion, and what it writes."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ovoz.evaluation.judgement import Verdict
from ovoz.registry.policy import Policy
from ovoz.registry.version import (
    ConcurrentMoveError,
    Move,
    PlannedMove,
    Promotion,
    PromotionRefusedError,
    Revisions,
    VersionRow,
)
from ovoz.registry.version_tags import PROMOTED_TAG, WITHDRAWN_TAG


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
            f"version {row.version} was withdrawn by {row.withdrawn.who}"
            f" ({row.withdrawn.why}): `ovoz promote {row.version} --to {alias}` takes it back"
        )


def check_unmoved(
    alias: str, policy: Policy, held: Mapping[str, str], since: Mapping[str, str] | None
) -> None:
    """Refuse gates that were judged against another version than the one that serves now.

    Args:
        alias: What is to move.
        policy: Names the alias of production.
        held: The holder of every alias.
        since: The same when the gates were judged; None where nobody noted it.

    Raises:
        ConcurrentMoveError: The alias or production moved in between.
    """
    for name in sorted({alias, policy.production}):
        if since is not None and since.get(name) != held.get(name):
            raise ConcurrentMoveError(
                f"{name} moved from version {since.get(name, 'none')} to {held.get(name, 'none')}"
                " while the gates were judged: judge them again"
            )


def plan_promotion(
    row: VersionRow,
    alias: str,
    verdict: Verdict,
    former: VersionRow | None,
    policy: Policy,
    *,
    who: str,
    why: str,
    revisions: Revisions,
) -> PlannedMove:
    """What a promotion writes, as of now.

    Args:
        row: The version that is promoted.
        alias: Where it moves.
        verdict: The gates that were judged.
        former: The version that holds the alias so far.
        policy: Names the aliases.
        who: Who promotes.
        why: The reason.
        revisions: Code and data of the gates.
    """
    results, replaced = verdict.results, former.promotions.get(alias) if former else None
    record = Promotion(
        who=who,
        when=timestamp(),
        why=why,
        figures={result.gate.name: result.value for result in results},
        limits={result.gate.name: result.gate.limit for result in results},
        waivers={result.waiver.gate: result.waiver.told for result in results if result.waiver},
        replaced=former.version if former else None,
        replaced_figures=replaced.figures if replaced else {},
        judged_with=revisions,
    )
    aliases: dict[str, str | None] = {alias: row.version}
    if alias == policy.production and former is not None:
        aliases = {policy.previous: former.version, **aliases}
    if alias == policy.production and policy.canary and policy.canary.alias in row.aliases:
        aliases[policy.canary.alias] = None  # it is tried no longer
    move = Move(
        kind="promotion", version=row.version, alias=alias,
        who=who, when=record.when, why=why, replaced=record.replaced,
    )  # fmt: skip
    written = {PROMOTED_TAG + alias: record.model_dump_json(), WITHDRAWN_TAG: None}
    return PlannedMove(move=move, aliases=aliases, tags={row.version: written})


def timestamp() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
