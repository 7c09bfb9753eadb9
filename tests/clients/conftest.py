"""Services for clients: the whole API over HTTP, with a model that reads coded speech exactly."""

import hashlib
from collections.abc import Iterator

import pytest

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.live import session
from ovoz.streaming.session import StreamingSession
from tests.service.line import Line
from tests.service.live.clients import KEY, CodedModel
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import Level


@pytest.fixture(scope="module", autouse=True)
def coded_activity() -> Iterator[None]:
    """Speech is where the signal is not silent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            session,
            "StreamingSession",
            lambda *args, **options: StreamingSession(*args, **options, detector=Level),
        )
        yield


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that wants a key, with jobs."""
    folder = tmp_path_factory.mktemp("jobs")
    settings = settings_with(
        jobs_dir=folder, jobs_sweep_s=0.1, streams_max_speed=0, limits_url="memory://"
    )
    keys = ApiKeys([hashlib.sha256(KEY.encode()).hexdigest()])
    with served_api(settings, CodedModel(), keys) as http:
        yield str(http.base_url).rstrip("/")


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    """A line to the service that can be cut."""
    between = Line(int(url.rpartition(":")[2]))
    yield between
    between.end()
