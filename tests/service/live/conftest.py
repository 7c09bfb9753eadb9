"""Live sessions whose speech can be read exactly: activity and words are levels of the signal."""

import pytest
import redis

from ovoz.serving.live import session
from ovoz.streaming.session import StreamingSession

from ...unit.streaming.coded_speech import Level


@pytest.fixture(autouse=True)
def coded_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        session,
        "StreamingSession",
        lambda *args, **options: StreamingSession(*args, **options, detector=Level),
    )


@pytest.fixture
def redis_url() -> str:
    """A Redis on this machine, emptied."""
    url = "redis://127.0.0.1:6379/14"
    server = redis.Redis.from_url(url, socket_connect_timeout=1)
    try:
        server.flushdb()
    except redis.RedisError as error:
        pytest.skip(f"no Redis here: {error}")
    return url
