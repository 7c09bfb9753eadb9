"""What becomes of a canary once the evidence of live traffic has decided."""

from collections.abc import Callable
from dataclasses import dataclass

from ovoz.canary.evidence import CanaryVerdict
from ovoz.canary.policy import Decision
from ovoz.evaluation.judgement import Verdict
from ovoz.registry.registry import Registry
from ovoz.registry.version import Revisions

_UNKNOWN = Revisions()


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What was done with a canary: promoted, or else withdrawn; ``told`` is for people."""

    is_promoted: bool
    told: str


def carry_out(
    registry: Registry,
    version: str,
    decided: CanaryVerdict,
    judge: Callable[[str], Verdict],
    *,
    who: str,
    revisions: Revisions = _UNKNOWN,
) -> CarriedOut | None:
    """Promote or roll back the canary, as decided; returns what was done, None for nothing.

    Live traffic alone promotes nothing: the gates are judged again on current data. A canary that
    they refuse is withdrawn, as one that is rolled back is.

    Args:
        registry: Where it is registered.
        version: The version that was tried.
        decided: What the evidence decided.
        judge: Judges the gates for a version.
        who: On whose account it is done.
        revisions: Code and data of the gates.

    Raises:
        ConcurrentMoveError: Somebody else moved an alias meanwhile; none has moved.
        RegistryError: The registry does not answer, or refuses.
        ArtifactError: The files of the version are missing or damaged.
    """
    policy, held = registry.policy, registry.aliases()
    if policy.canary is None or held.get(policy.canary.alias) != version:
        return None  # somebody has done it
    why = f"canary: {decided.reason}"
    if decided.decision is Decision.PROMOTE:
        gates = judge(version)
        if gates.passed:
            registry.promote(
                version, policy.production, gates, who=who, why=why, since=held, revisions=revisions
            )
            told = f"version {version} is {policy.production}: {decided.reason}"
            return CarriedOut(is_promoted=True, told=told)
        failed = ", ".join(one.gate.name for one in gates.results if not one.passed)
        why = f"canary: live traffic speaks for it, the gates do not ({failed})"
    elif decided.decision is Decision.UNDECIDED:
        return None
    registry.end_canary(who=who, why=why, version=version, withdrawn=True)
    told = f"version {version} is withdrawn: {why.removeprefix('canary: ')}"
    return CarriedOut(is_promoted=False, told=told)
