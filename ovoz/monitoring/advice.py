"""What to do about a feature that changed, in plain words."""

from typing import Final

_SOUND: Final = (
    "Ask which devices, lines or rooms are new. Record such callers, or train with such sound"
    " (augment and sounds in the profile)."
)
_LANGUAGE: Final = (
    "Collect speech of this kind (a campaign of the bot) and give it weight in training"
    " (mixture or language_weights of a stage)."
)
_SPEECH: Final = (
    "Look for a new use of the service: other questions, dictation, recordings that are not cut."
)
_CERTAINTY: Final = (
    "The model itself is less sure. Have some transcripts corrected (/feedback): they tell the"
    " true error rate."
)
_ADVICE: Final = {
    **dict.fromkeys(("snr_db", "rms_dbfs", "clipped_ratio", "bandwidth_hz"), _SOUND),
    **dict.fromkeys(("language", "switches_per_min", "minority_share", "dialect_share"), _LANGUAGE),
    **dict.fromkeys(("confidence", "lowest_confidence", "repeated_share"), _CERTAINTY),
}


def advise(columns: list[str]) -> list[str]:
    """What to do about columns, each advice once, in the order of the columns."""
    return list(dict.fromkeys(_ADVICE.get(column, _SPEECH) for column in columns))
