"""An alert from a caller's correction to the pager, through Prometheus and Alertmanager."""

import httpx
import pytest
import yaml

from bentos.asr.smoke import served
from ovoz.serving.auth.network import free_port

from .programs import DEPLOY, eventually, running, webhook

MONITORING = DEPLOY / "monitoring"


def hurried(text: str) -> str:
    """A rule that waits for a second where ours waits for minutes."""
    parsed = yaml.safe_load(text)
    for group in parsed["groups"]:
        for rule in group["rules"]:
            rule |= {"for": "1s"} if "for" in rule else {}
    return yaml.safe_dump(parsed)


@pytest.mark.slow
def test_a_wrong_transcript_reaches_the_pager(tag, home, clip, tmp_path) -> None:
    scraping, routing = free_port(), free_port()
    rules = tmp_path / "alerts.yaml"
    rules.write_text(hurried((MONITORING / "rules/alerts.yaml").read_text("utf-8")), "utf-8")
    with served(tag, home) as url, webhook() as (pager, received):
        prometheus = tmp_path / "prometheus.yaml"
        prometheus.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "alerting": {"alertmanagers": [
                {"static_configs": [{"targets": [f"127.0.0.1:{routing}"]}]}
            ]},
            "scrape_configs": [
                {"job_name": "asr-api",
                 "static_configs": [{"targets": [url.removeprefix("http://")]}]}
            ],
        }), "utf-8")  # fmt: skip
        routes = yaml.safe_load((MONITORING / "alertmanager.yaml").read_text("utf-8"))
        routes["route"] |= {"group_wait": "0s", "group_interval": "1s"}
        for receiver in routes["receivers"]:
            (hook,) = receiver["webhook_configs"]
            del hook["http_config"]
            hook["url"] = f"{pager}/{receiver['name']}"
        alertmanager = tmp_path / "alertmanager.yaml"
        alertmanager.write_text(yaml.safe_dump(routes), "utf-8")
        with (
            running(tmp_path / "alertmanager.log", "prometheus-alertmanager",
                    f"--config.file={alertmanager}", f"--storage.path={tmp_path / 'silences'}",
                    f"--web.listen-address=127.0.0.1:{routing}", "--cluster.listen-address="),
            running(tmp_path / "prometheus.log", "prometheus", f"--config.file={prometheus}",
                    f"--storage.tsdb.path={tmp_path / 'series'}",
                    f"--web.listen-address=127.0.0.1:{scraping}"),
        ):  # fmt: skip
            correct_wrongly(url, clip)
            told = eventually(lambda: [one for one in received if one["receiver"] == "page"])
            (alert,) = [a for a in told[0]["alerts"] if a["labels"]["alertname"] != "AsrDown"]
            assert alert["labels"]["alertname"] == "AsrWordErrorsHigh"
            assert alert["annotations"]["runbook"] == "docs/runbooks.md#asrworderrorshigh"
            names = httpx.get(f"http://127.0.0.1:{scraping}/api/v1/label/__name__/values").json()
            assert {"asr_wer_score", "asr_requests_total", "asr_memory_bytes"} <= {*names["data"]}


def correct_wrongly(url: str, clip) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        answer = client.post("/transcribe", files={"file": clip.read_bytes()})
        assert answer.status_code == 200, answer.text
        said = {"request_id": answer.json()["request_id"], "text": "men bugun bankka boraman"}
        assert client.post("/feedback", json=said).status_code < 300
