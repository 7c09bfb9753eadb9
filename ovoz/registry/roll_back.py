"""What a roll-back writes: production to its last good holder, ``previous`` to the one before."""

from collections.abc import Mapping, Sequence

from ovoz.registry.policy import Policy
from ovoz.registry.promotion import timestamp
from ovoz.registry.version import (
    Move,
    PlannedMove,
    PromotionRefusedError,
    UnknownVersionError,
    VersionRow,
    Withdrawal,
)
from ovoz.registry.version_tags import WITHDRAWN_TAG


def plan_roll_back(
    rows: Sequence[VersionRow], held: Mapping[str, str], policy: Policy, *, who: str, why: str
) -> PlannedMove:
    """The move that gives production back.

    Args:
        rows: All versions.
        held: The holder of every alias; that of production may have been deleted.
        policy: Names the aliases.
        who: Who rolls back.
        why: The reason.

    Raises:
        PromotionRefusedError: ``why`` is blank.
        UnknownVersionError: There is no good former holder.
    """
    if not why.strip():
        raise PromotionRefusedError("nothing is rolled back without a reason")
    by_number = {row.version: row for row in rows}
    current, former = held.get(policy.production), held.get(policy.previous)
    known = by_number.get(former) if former is not None else None
    if known is None or former == current or known.withdrawn:
        raise UnknownVersionError(
            "nothing to roll back to: no earlier version of production is good;"
            " `ovoz promote` judges one again and takes it"
        )
    note = Withdrawal(who=who, when=timestamp(), why=why)
    move = Move(
        kind="roll-back", version=known.version, alias=policy.production,
        who=who, when=note.when, why=why, replaced=current,
    )  # fmt: skip
    return PlannedMove(
        move=move,
        # Production first: after an interruption here, the right version is served.
        aliases={
            policy.production: known.version,
            policy.previous: _good_version_before(known, by_number, policy, besides=current),
        },
        tags={current: {WITHDRAWN_TAG: note.model_dump_json()}} if current else {},
    )


def _good_version_before(
    row: VersionRow, rows: Mapping[str, VersionRow], policy: Policy, *, besides: str | None
) -> str | None:
    """The last version that held production before ``row``; none that was or is withdrawn."""
    seen = {row.version}
    while (promotion := row.promotions.get(policy.production)) is not None:
        replaced = promotion.replaced
        if replaced is None or replaced in seen or replaced not in rows:
            return None
        row = rows[replaced]
        if not row.withdrawn and replaced != besides:
            return replaced
        seen.add(replaced)
    return None
