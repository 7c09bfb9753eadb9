"""Live sessions whose speech can be read exactly: activity and words are levels of the signal."""

import pytest

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
