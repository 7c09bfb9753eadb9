"""Jobs keep to their OpenAPI description, whatever is sent."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import settings
from schemathesis.specs.openapi.checks import allow_header_conformance

from ovoz.serving.app import build_app
from tests.service.settings import settings_with
from tests.service.test_contract import CHECKS, GOOD

SETTINGS = settings_with(
    jobs_dir=Path(mkdtemp()), jobs_max_upload_bytes=200_000, jobs_webhook_secret="a secret"
)
APP = build_app(SETTINGS)
schema = schemathesis.openapi.from_asgi("/openapi.json", APP).include(path_regex="^/jobs")


@pytest.fixture(scope="module", autouse=True)
def running(recogniser) -> Iterator[None]:
    APP.state.service.transcriber.model = recogniser
    with TestClient(APP):
        yield


@schema.parametrize()
@settings(max_examples=20, derandomize=True)
def test_answers_are_as_described(case: schemathesis.Case) -> None:
    # No random bytes are a recording: half of the calls get one, to see answers too.
    if isinstance(case.body, dict) and random.Random(repr(case.body)).random() < 0.5:
        case.body |= {"files": [GOOD, b"no sound"]}
    # Of a path with two methods Starlette names in Allow the one that was declared first.
    checks = [check for check in CHECKS if check is not allow_header_conformance]
    case.validate_response(case.call(), checks=checks)
