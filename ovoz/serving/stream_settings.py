"""The settings of live sessions."""

from pydantic import Field
from pydantic_settings import BaseSettings

from ovoz.serving.settings_group import read_from
from ovoz.serving.store_settings import MEMORY, STORE_URL, StoreUrl


class StreamSettings(BaseSettings):
    """Live audio over sockets."""

    model_config = read_from("OVOZ_STREAMS_")

    max_sessions: int = Field(
        default=100, ge=1, description="sockets in this process; more are closed with 1013"
    )
    max_frame_bytes: int = Field(
        default=1024 * 1024, ge=64, description="a larger message closes the socket with 1009"
    )
    max_session_s: float = Field(
        default=24 * 3600.0, gt=0, description="audio of one session; then 1008"
    )
    idle_s: float = Field(
        default=30.0, gt=0, description="a socket without any message for so long gets 1008"
    )
    silent_s: float = Field(
        default=600.0, gt=0, description="so does one that sends no audio, whatever else it sends"
    )
    max_speed: float = Field(
        default=4.0,
        ge=0,
        description="how much faster than real time audio is read, after the first ten seconds;"
        " 0 is no limit",
    )
    max_lag_s: float = Field(
        default=20.0,
        gt=0,
        description="audio of a session that waits for the model; beyond it the socket is not read",
    )
    warn_lag_s: float = Field(default=1.0, gt=0, description="the client is warned of a longer lag")
    send_s: float = Field(
        default=20.0, gt=0, description="how long a client may take to read one message"
    )
    endpoint_ms: int = Field(
        default=350, ge=10, le=5000, description="silence that ends a segment, unless a client says"
    )
    partial_ms: int = Field(default=320, ge=80, le=5000, description="audio between two partials")
    model_share: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="share of the model that streams get while recordings wait too",
    )
    resume_s: float = Field(
        default=60.0, ge=0, description="how long a dropped client may come back; 0: not at all"
    )
    resume_url: StoreUrl = Field(
        default=MEMORY,
        repr=False,
        pattern=STORE_URL,
        description="where sessions are kept for it; Redis for several processes",
    )
    drain_s: float = Field(
        default=10.0, gt=0, description="time for the last finals when the service stops"
    )
