"""The committed stacks are imported, compiled and submitted to a server that records requests.

The tests need ZenML's Kubernetes and Kubeflow integrations, which require another protobuf than the
rest of the project: ``make test-orchestrators`` installs them separately.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

pytest.importorskip("kubernetes", reason="make test-orchestrators installs ZenML's Kubernetes part")
pytest.importorskip("kfp", reason="make test-orchestrators installs ZenML's Kubeflow part")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
REMOTE = {
    "image": "registry.example.org/ovoz/pipelines:test",
    "resources": {
        "*": {"cpus": 2, "memory": "4GB"},
        "train_*": {"cpus": 8, "gpus": 2, "memory": "64GB"},
    },
}
SUBMIT = """
import sys
from pathlib import Path
from pipelines.environment import enter
enter(Path(sys.argv[1]))
from ovoz.profile import load_profile
from pipelines.remote import on_stack
from pipelines.training import training
from zenml.stack import Stack
# A cluster could not reach the database of this test, and need not: nothing is run.
Stack.requires_remote_server = property(lambda stack: False)
profile = load_profile(Path(sys.argv[2]))
on_stack(training, profile, profile.remote)(profile)
"""


class Cluster(ThreadingHTTPServer):
    """Answers like the API server of Kubernetes, and keeps what it is asked to create.

    What is put into its object store is thrown away.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.created: dict[str, dict] = {}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(404, {"kind": "Status", "status": "Failure", "code": 404})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.created[self.path.rsplit("/", 1)[-1]] = asked
        self._answer(201, asked | {"metadata": asked["metadata"] | {"uid": "1"}})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(200, {})

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, code: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cluster():
    server = Cluster()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def environment(cluster, tmp_path) -> dict[str, str]:
    state = tmp_path / ".ovoz"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1", "kind": "Config", "current-context": "ovoz",
                "clusters": [{
                    "name": "ovoz",
                    "cluster": {"server": f"http://127.0.0.1:{cluster.server_address[1]}"},
                }],
                "users": [{"name": "ovoz", "user": {"token": "none"}}],
                "contexts": [{"name": "ovoz", "context": {"cluster": "ovoz", "user": "ovoz"}}],
            }
        )
    )  # fmt: skip
    return os.environ | {
        "KUBECONFIG": str(kubeconfig),
        "ZENML_CONFIG_PATH": str(state / "zenml"),
        "ZENML_LOCAL_STORES_PATH": str(state / "zenml-stores"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "PYTHONPATH": str(ROOT),
    }


def zenml(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("zenml")), *arguments],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def submit(environment: dict[str, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    smoke = yaml.safe_load((ROOT / "configs/smoke.yaml").read_text("utf-8"))
    profile = tmp_path / "remote.yaml"
    profile.write_text(yaml.safe_dump(smoke | {"remote": REMOTE}), "utf-8")
    return subprocess.run(
        [sys.executable, "-c", SUBMIT, str(tmp_path), str(profile)],
        env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture
def ready(environment, cluster, tmp_path):
    """A client to whom the stack of that name is known and chosen."""

    def choose(name: str) -> None:
        stack, here = f"ovoz-{name}", f"http://127.0.0.1:{cluster.server_address[1]}"
        committed = (ROOT / f"deploy/zenml/{name}.yaml").read_text("utf-8")
        file = tmp_path / "stack.yaml"
        # Without a ZenML server there is no token to hide, and no run to wait for.
        alone = committed.replace("as_secret: true", "as_secret: false")
        alone = alone.replace("synchronous: true", "synchronous: false")
        file.write_text(alone.replace("http://minio:9000", here), "utf-8")
        zenml(environment, "secret", "create", "object-store", "--key=test", "--secret=test")
        zenml(environment, "stack", "import", stack, "-f", str(file))
        zenml(environment, "stack", "set", stack)

    return choose


def test_a_run_is_submitted_to_kubernetes(ready, environment, cluster, tmp_path) -> None:
    ready("kubernetes")
    done = submit(environment, tmp_path)
    assert "jobs" in cluster.created, done.stdout[-3000:] + done.stderr[-3000:]
    job = cluster.created["jobs"]
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == REMOTE["image"]
    assert container["securityContext"]["runAsNonRoot"]
    assert {"name": "workspace", "mountPath": "/workspace"} in container["volumeMounts"]
    assert job["metadata"]["labels"]["pipeline"] == "training"


def test_a_run_is_compiled_for_kubeflow(ready, environment, tmp_path) -> None:
    ready("kubeflow")
    done = submit(environment, tmp_path)
    compiled = list((tmp_path / ".ovoz").rglob("training*.yaml"))
    assert len(compiled) == 1, done.stdout[-3000:] + done.stderr[-3000:]
    executors = next(yaml.safe_load_all(compiled[0].read_text()))["deploymentSpec"]["executors"]
    containers = {name.removeprefix("exec-"): one["container"] for name, one in executors.items()}
    assert {one["image"] for one in containers.values()} == {REMOTE["image"]}
    assert {"ingest", "train-clean", "train-code-switch", "register-model"} <= set(containers)
    train, other = containers["train-clean"]["resources"], containers["ingest"]["resources"]
    assert float(train["resourceCpuLimit"]) == 8
    assert float(other["resourceCpuLimit"]) == 2
