"""URLs of stores that make no sense: refused at the start, in one line, without their passwords."""

import pytest

from ovoz.serving.startup.checks import StartError, read_settings
from tests.service.settings import settings_with

WRONG = {
    "OVOZ_LIMITS_URL": [
        "redis://:hush@x?nosuch=1",
        "redis://:hush@x:port",
        "redis://:hush@x:99999",
        "redis://:hush@x?socket_timeout=soon",
    ],
    "OVOZ_CACHE_URL": ["http://:hush@x/"],
    "OVOZ_JOBS_DATABASE_URL": [
        "postgresqlx://u:hush@h/d",
        "postgresql+asyncpg://u:hush@h/d",
        "postgresql://u:hush@h",
        "postgresql://u:hush@h/",
        "postgresql://u:hush@h:port/d",
        "postgresql://u:hush@h/d?nosuch=1",
    ],
    "OVOZ_JOBS_BROKER_URL": ["amqp://u:hush@h:port/", "amqp:///hush"],
}


@pytest.mark.parametrize(("name", "url"), [(name, url) for name in WRONG for url in WRONG[name]])
def test_urls_without_sense_stop_the_start(
    name: str, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("OVOZ_JOBS_DIR", str(tmp_path))
    monkeypatch.setenv(name, url)
    with pytest.raises(StartError) as told:
        read_settings()
    assert name in str(told.value)
    assert "hush" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "memory://",
        "redis://:secret@host:6379/3",
        "rediss://host?ssl_cert_reqs=none&socket_timeout=2",
        "redis://user:p%40ss@[::1]:6379/0",
    ],
)
def test_urls_of_redis_with_sense_are_taken(url: str) -> None:
    assert settings_with(limits_url=url).limits.limits_url == url


def test_urls_of_databases_with_sense_are_taken(tmp_path) -> None:
    for url in (
        "sqlite:////tmp/jobs.sqlite3",
        "postgresql://ovoz:secret@db/ovoz?sslmode=require&connect_timeout=3",
        "postgresql+psycopg://ovoz@db:5432/ovoz?options=-csearch_path%3Dx",
    ):
        assert settings_with(jobs_dir=tmp_path, jobs_database_url=url).jobs.database_url == url
