"""What the end of a canary writes: the alias held by nobody, and perhaps a withdrawal."""

from collections.abc import Mapping

from ovoz.registry.policy import Policy
from ovoz.registry.promotion import timestamp
from ovoz.registry.version import (
    Move,
    PlannedMove,
    PromotionRefusedError,
    UnknownVersionError,
    Withdrawal,
)
from ovoz.registry.version_tags import WITHDRAWN_TAG


def plan_canary_end(
    held: Mapping[str, str],
    policy: Policy,
    *,
    who: str,
    why: str,
    version: str | None,
    withdrawn: bool,
) -> PlannedMove:
    """The move that takes the alias of canaries away.

    Args:
        held: The holder of every alias.
        policy: Names the alias.
        who: Who ends the trial.
        why: The reason.
        version: The version that is meant; None for any.
        withdrawn: Whether the version is marked as withdrawn.

    Raises:
        PromotionRefusedError: ``why`` is blank.
        UnknownVersionError: No version is the canary, or another one.
    """
    if not why.strip():
        raise PromotionRefusedError("no canary is ended without a reason")
    alias = policy.canary.alias if policy.canary else ""
    holder = held.get(alias)
    if holder is None or version not in (None, holder):
        told = f"version {holder}" if holder else "no version"
        raise UnknownVersionError(f"{told} is the canary: see `ovoz models`")
    note = Withdrawal(who=who, when=timestamp(), why=why)
    return PlannedMove(
        move=Move(kind="canary-end", version=holder, alias=alias, who=who, when=note.when, why=why),
        aliases={alias: None},
        tags={holder: {WITHDRAWN_TAG: note.model_dump_json()}} if withdrawn else {},
    )
