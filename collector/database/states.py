"""Where a clip is on its way, and what listeners say of it."""

from enum import StrEnum


class ClipState(StrEnum):
    """Where a clip is on its way."""

    ASSIGNED = "assigned"
    """The speaker has the prompt; no voice yet."""
    RECEIVED = "received"
    """A voice message came; it is not checked yet."""
    CHECKED = "checked"
    """Stored; the speaker hears it and confirms."""
    IN_REVIEW = "in_review"
    DISPUTED = "disputed"
    """A moderator decides."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REFUSED = "refused"
    """By the checks; its audio is not kept."""
    SKIPPED = "skipped"
    """The speaker wanted another prompt, or another try."""


TAKEN = (
    ClipState.ASSIGNED,
    ClipState.RECEIVED,
    ClipState.CHECKED,
    ClipState.IN_REVIEW,
    ClipState.DISPUTED,
    ClipState.ACCEPTED,
)
"""States in which a clip counts as a reading of its prompt."""
SUBMITTED = (ClipState.IN_REVIEW, ClipState.DISPUTED, ClipState.ACCEPTED, ClipState.REJECTED)
"""States of clips that their speaker has confirmed."""
WITH_AUDIO = (ClipState.RECEIVED, ClipState.CHECKED, *SUBMITTED)
"""States in which a clip's audio is in the store, or may be on its way there."""


class Vote(StrEnum):
    """What a listener says of a clip."""

    GOOD = "good"
    BAD = "bad"
    CORRECTED = "corrected"
    """Good, with another transcript."""
    SKIPPED = "skipped"
    REPORTED = "reported"
    """Abuse: a moderator looks."""
