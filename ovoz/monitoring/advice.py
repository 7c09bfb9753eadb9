"""What to do about a feature that changed, in plain words."""

from typing import Final

from ovoz.monitoring.causes import Cause, cause_of

_ADVICE: Final = {
    Cause.SOUND: "Ask which devices, lines or rooms are new. Record such callers, or train with"
    " such sound (augment and sounds in the profile).",
    Cause.LANGUAGE: "Collect speech of this kind (a campaign of the bot) and give it weight in"
    " training (mixture or language_weights of a stage).",
    Cause.SPEECH: "Look for a new use of the service: other questions, dictation, recordings that"
    " are not cut.",
    Cause.CERTAINTY: "The model itself is less sure. Have some transcripts corrected (/feedback):"
    " they tell the true error rate.",
    Cause.CALLERS: "Find that caller in the service's own log (`caller`). What else changed may be"
    " its doing: agree on a limit, or measure it apart.",
}


def advise(columns: list[str], *, has_heavy_caller: bool = False) -> list[str]:
    """What to do about columns, each advice once, in their order; then about a heavy caller."""
    causes = [cause_of(column) for column in columns]
    if has_heavy_caller:
        causes.append(Cause.CALLERS)
    return list(dict.fromkeys(_ADVICE[cause] for cause in causes))
