"""What becomes of a canary once the evidence of live traffic has decided."""

from collections.abc import Callable

from ovoz.canary.evidence import CanaryVerdict
from ovoz.canary.policy import Decision
from ovoz.evaluation.judgement import Verdict
from ovoz.registry.registry import Registry
from ovoz.registry.version import Revisions

_UNKNOWN = Revisions()


def carry_out(
    registry: Registry,
    version: str,
    decided: CanaryVerdict,
    judge: Callable[[str], Verdict],
    *,
    who: str,
    revisions: Revisions = _UNKNOWN,
) -> str:
    """Promote or roll back the canary, as decided; returns what was done, or nothing.

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
        return ""  # somebody has done it
    why = f"canary: {decided.reason}"
    if decided.decision is Decision.PROMOTE:
        gates = judge(version)
        if gates.passed:
            registry.promote(
                version, policy.production, gates, who=who, why=why, since=held, revisions=revisions
            )
            return f"version {version} is {policy.production}: {decided.reason}"
        failed = ", ".join(one.gate.name for one in gates.results if not one.passed)
        why = f"canary: live traffic speaks for it, the gates do not ({failed})"
    elif decided.decision is Decision.UNDECIDED:
        return ""
    registry.end_canary(who=who, why=why, version=version, withdrawn=True)
    return f"version {version} is withdrawn: {why.removeprefix('canary: ')}"
