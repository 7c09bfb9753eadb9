"""What Helm and kustomize render, for each environment: valid, and true to the service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.__main__ import app as pipelines_command

from .known import PROBES, images, variables
from .programs import DEPLOY, run, script

helm = pytest.importorskip("helm_python", reason="needs the extra deploy")
kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="needs the extra deploy")

CHART = DEPLOY / "helm/ovoz"
KUSTOMIZE = DEPLOY / "kubernetes"
ENVIRONMENTS = (None, "staging", "production")
OF_OPERATORS = {"ServiceMonitor", "PrometheusRule"}
"""Kinds that Kubernetes itself does not know."""
LONGEST_REQUEST_S = 120


def values(environment: str | None) -> dict[str, Any]:
    if environment is None:
        return {}
    return yaml.safe_load((CHART / f"{environment}.yaml").read_text("utf-8"))


def by_helm(environment: str | None) -> list[dict[str, Any]]:
    with helm.Chart.load(str(CHART)) as chart:
        rendered = chart.render(values(environment), name="ovoz", namespace="asr")
    return [one for text in rendered.values() for one in yaml.safe_load_all(text) if one]


def by_kustomize(environment: str | None) -> list[dict[str, Any]]:
    folder = KUSTOMIZE / (f"overlays/{environment}" if environment else "base")
    return list(yaml.safe_load_all(run("kubectl", "kustomize", folder)))


@pytest.fixture(
    scope="module",
    params=[(by, environment) for by in (by_helm, by_kustomize) for environment in ENVIRONMENTS],
    ids=lambda pair: f"{pair[0].__name__}-{pair[1]}",
)
def manifests(request) -> list[dict[str, Any]]:
    by, environment = request.param
    return by(environment)


@pytest.fixture(scope="module")
def renderer():
    return script("kubernetes/render.py")


def of_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"] == kind]


Pod = tuple[str, dict[str, Any], dict[str, Any]]


def pods(manifests: list[dict[str, Any]]) -> Iterator[Pod]:
    """Name, specification and only container of each pod of a deployment or a schedule."""
    for one in manifests:
        spec = one.get("spec", {})
        if one["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        elif one["kind"] != "Deployment":
            continue
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        yield one["metadata"]["name"], pod, container


def chosen(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_helm_finds_nothing(environment) -> None:
    report = helm.lint(str(CHART), values(environment), strict=True)
    assert not report["errors"]
    assert {message["error"] for message in report["messages"]} <= {"icon is recommended"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": {"tag": "latest"}},
        {"model": {"accelerator": "tpu"}},
        {"api": {"terminationGracePeriodSeconds": 30}},
        {"settings": {"PASSWORD": "secret"}},
        {"drift": {"schedule": "nightly"}},
        {"unknown": 1},
    ],
)
def test_the_schema_refuses_wrong_values(wrong) -> None:
    with helm.Chart.load(str(CHART)) as chart, pytest.raises(helm.HelmError):
        chart.render(wrong)


def test_every_manifest_is_valid(manifests) -> None:
    for one in manifests:
        if one["kind"] not in OF_OPERATORS:
            kubernetes_validate.validate(one, "1.31", strict=True)


def test_names_of_variables_and_images_exist(manifests) -> None:
    for name, _, container in pods(manifests):
        assert {one["name"] for one in container["env"]} <= variables(), name
        assert container["image"].rpartition("/")[2].partition(":")[0] in images()


def test_containers_may_do_little_and_are_bounded(manifests) -> None:
    for name, pod, container in pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
        assert "/tmp" in {one["mountPath"] for one in container["volumeMounts"]}
        assert {one["name"] for one in container["volumeMounts"]} == {
            one["name"] for one in pod["volumes"]
        }


def test_probes_ask_routes_that_exist_and_a_stop_outlasts_every_request(manifests) -> None:
    serving = [one for one in pods(manifests) if one[0] not in ("ovoz-worker", "ovoz-drift")]
    assert serving
    for name, pod, container in serving:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["path"] in PROBES, name
        _, drained_s = container["lifecycle"]["preStop"]["exec"]["command"]
        assert pod["terminationGracePeriodSeconds"] > LONGEST_REQUEST_S + int(drained_s)


def test_a_new_version_takes_no_pod_away_before_it_is_there(manifests) -> None:
    for one in of_kind(manifests, "Deployment"):
        assert one["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        constraints = one["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in constraints} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }
        for each in constraints:
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert chosen(each["labelSelector"]["matchLabels"], labels)


def test_every_port_has_a_policy_and_all_else_is_refused(manifests) -> None:
    policies = [one["spec"] for one in of_kind(manifests, "NetworkPolicy")]
    (nobody,) = [one for one in policies if set(one["policyTypes"]) == {"Ingress", "Egress"}]
    assert "ingress" not in nobody
    assert "egress" not in nobody
    for one in of_kind(manifests, "Deployment"):
        template = one["spec"]["template"]
        labels = template["metadata"]["labels"]
        assert chosen(nobody["podSelector"]["matchLabels"], labels)
        for port in template["spec"]["containers"][0].get("ports", ()):
            opened = [
                each["port"]
                for policy in policies
                if chosen(policy["podSelector"]["matchLabels"], labels)
                for rule in policy.get("ingress", ())
                for each in rule["ports"]
            ]
            assert port["containerPort"] in opened, one["metadata"]["name"]


def test_what_selects_pods_finds_some(manifests) -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"] for one in of_kind(manifests, "Deployment")
    ]
    for kind in ("Service", "PodDisruptionBudget"):
        for one in of_kind(manifests, kind):
            selector = one["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert any(chosen(wanted, each) for each in labels), one["metadata"]["name"]


def test_the_autoscaler_s_bounds_and_the_secret_s_keys(manifests) -> None:
    (scaler,) = of_kind(manifests, "HorizontalPodAutoscaler")
    assert 2 <= scaler["spec"]["minReplicas"] <= scaler["spec"]["maxReplicas"] <= 20
    said = (CHART / "values.yaml").read_text("utf-8").partition("secret: ovoz")[0]
    named = [word.strip(",# ") for word in said.split() if word.startswith("ovoz_")]
    assert {name.upper() for name in named} <= variables()


def test_production_serves_from_gpus_and_tries_a_canary() -> None:
    found = by_helm("production")
    by_name = {name: (pod, container) for name, pod, container in pods(found)}
    assert by_name.keys() == {"ovoz-api", "ovoz-model", "ovoz-canary", "ovoz-worker", "ovoz-drift"}
    pod, container = by_name["ovoz-model"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert container["image"].endswith("-cuda")
    assert pod["nodeSelector"]
    assert len(of_kind(found, "ServiceMonitor")) == 2


def test_the_nightly_look_reads_what_api_and_workers_write() -> None:
    found = by_helm("production")
    claims = {}
    for name, pod, container in pods(found):
        places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        for volume in pod["volumes"]:
            if volume["name"] == "traffic":
                claims[name] = volume["persistentVolumeClaim"]["claimName"]
        if name in ("ovoz-api", "ovoz-worker"):
            assert {"name": "OVOZ_TRAFFIC_DIR", "value": places["traffic"]} in container["env"]
    assert claims == dict.fromkeys(("ovoz-api", "ovoz-worker", "ovoz-drift"), "ovoz-traffic")
    (job,) = of_kind(found, "CronJob")
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    ways_out = [one for one in of_kind(found, "NetworkPolicy") if "egress" in one["spec"]]
    for policy in ways_out:
        chosen_labels = policy["spec"]["podSelector"]["matchLabels"]
        assert chosen(chosen_labels, template["metadata"]["labels"])
    (container,) = template["spec"]["containers"]
    options = container["command"][3:] + container["args"]
    shown = CliRunner().invoke(pipelines_command, [*options, "--help"])
    assert shown.exit_code == 0, shown.output
    assert not of_kind(by_helm(None), "CronJob")


def test_production_has_the_alerts_that_are_tested() -> None:
    (rules,) = of_kind(by_helm("production"), "PrometheusRule")
    files = sorted((DEPLOY / "monitoring/rules").glob("*.yaml"))
    assert rules["spec"]["groups"] == [
        group for file in files for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    ]


def test_no_values_file_is_left_out() -> None:
    assert {file.stem for file in Path(CHART).glob("*.yaml")} == {
        "Chart", "values", "staging", "production"
    }  # fmt: skip


def test_the_base_is_what_the_script_writes(renderer) -> None:
    for path, text in renderer.files().items():
        assert (KUSTOMIZE / path).read_text("utf-8") == text, path


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_overlays_render_what_the_chart_renders(renderer, environment) -> None:
    """All but the namespace, and the order of a container's variables."""
    rendered = {}
    for one in by_kustomize(environment):
        one["metadata"].pop("namespace", None)
        rendered[one["kind"], one["metadata"]["name"]] = one
    expected = renderer.render(environment)
    for each in (rendered, expected):
        for _, _, container in pods(list(each.values())):
            container["env"].sort(key=lambda variable: variable["name"])
    assert rendered == expected
