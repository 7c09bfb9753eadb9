"""The service keeps to its own OpenAPI description, whatever is sent."""

import random
from pathlib import Path

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from tests.service.settings import settings_with

from ..hostile_audio import recording

SETTINGS = settings_with(max_upload_bytes=200_000, max_duration_s=10)
GOOD = recording("wav", "pcm_s16le")
# The description cannot say what a recording is, nor that a form may write true as "1": what is
# valid by it may be refused, and the other way round.
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
    unsupported_method,
)


APP = build_app(SETTINGS)
schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@pytest.fixture(scope="module", autouse=True)
def loaded(artifact: Path) -> None:
    APP.state.service.transcriber.model = LocalModel.load(artifact, threads=1)


def call_and_check(case: schemathesis.Case) -> None:
    # No random bytes are a recording: half of the calls get one, to see answers too.
    chosen = random.Random(repr(case.body)).random() < 0.5
    if chosen and isinstance(case.body, dict):
        case.body |= {
            name: value
            for name, value in {"file": GOOD, "files": [GOOD, b"no sound"]}.items()
            if name in case.body
        }
    case.validate_response(case.call(), checks=list(CHECKS))


@schema.parametrize()
@settings(max_examples=15, derandomize=True)
def test_answers_are_as_described(case: schemathesis.Case) -> None:
    call_and_check(case)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=250)
def test_answers_are_as_described_at_length(case: schemathesis.Case) -> None:
    call_and_check(case)


def test_every_answer_of_a_caller_is_described() -> None:
    uploads = {"400", "401", "403", "413", "422", "429", "503"}
    described = APP.openapi()
    for path in ("/transcribe", "/transcribe/batch", "/v1/audio/transcriptions"):
        answers = described["paths"][path]["post"]["responses"]
        assert set(answers) >= uploads | {"200"}
        for status in uploads:
            assert list(answers[status]["content"]) == ["application/problem+json"]
