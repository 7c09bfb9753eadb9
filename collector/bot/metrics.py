"""Figures for Prometheus; none of them is of a person."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

UPDATES: Final = Counter(
    "collector_updates_total",
    "Updates by outcome: handled, repeated, failed, set_aside, flood, unreadable",
    ["outcome"],
)
UPDATE_S: Final = Histogram(
    "collector_update_duration_seconds", "Handling of one update", buckets=_SECONDS
)
MESSAGES: Final = Counter(
    "collector_messages_total",
    "Calls of the Bot API by outcome: sent, limited, away, refused, blocked, failed, set_aside",
    ["outcome"],
)
MESSAGE_S: Final = Histogram(
    "collector_message_delay_seconds", "From writing a message to sending it", buckets=_SECONDS
)
CHECKS: Final = Counter(
    "collector_checks_total", "Voice messages by the result of their checks", ["result"]
)
CHECK_S: Final = Histogram(
    "collector_check_duration_seconds", "Download and checks of a voice message", buckets=_SECONDS
)
STORE_FULL: Final = Gauge(
    "collector_store_full", "1 while audio or rows cannot be stored, for want of room"
)
CLIPS: Final = Gauge("collector_clips", "Clips by state", ["state"])
PARTICIPANTS: Final = Gauge("collector_participants", "People who have agreed")
ACCEPTED_HOURS: Final = Gauge("collector_accepted_hours", "Length of the accepted clips")
RESTARTS: Final = Counter(
    "collector_restarts_total", "Background work that failed and was started again", ["work"]
)
