"""``python deploy/kubernetes/render.py``: write kustomize's base, as Helm renders the chart."""

from pathlib import Path
from typing import Any, Final

import helm_python
import yaml

FOLDER: Final = Path(__file__).parent
_CHART: Final = FOLDER.parent / "helm/ovoz"
_NAMESPACE: Final = "asr"
_OF_HELM: Final = ("app.kubernetes.io/managed-by", "helm.sh/chart")
"""Labels that would be untrue without Helm."""
_HEAD: Final = (
    "# Written by `make manifests` from deploy/helm/ovoz: change the chart, not this file.\n"
)

Manifest = dict[str, Any]
Name = tuple[str, str]
"""Kind and name of a manifest."""


def render(environment: str | None = None) -> dict[Name, Manifest]:
    """Manifests of the chart with its own or an environment's values, without Helm's labels."""
    file = _CHART / f"{environment}.yaml"
    values = yaml.safe_load(file.read_text("utf-8")) if environment else {}
    with helm_python.Chart.load(str(_CHART)) as chart:
        rendered = chart.render(values, name="ovoz", namespace=_NAMESPACE)
    found: dict[Name, Manifest] = {}
    for _, text in sorted(rendered.items()):
        for manifest in filter(None, yaml.safe_load_all(text)):
            _forget_helm(manifest)
            found[manifest["kind"], manifest["metadata"]["name"]] = manifest
    return found


def _forget_helm(manifest: Manifest) -> None:
    spec = manifest.get("spec", {})
    spec = spec.get("jobTemplate", {"spec": spec})["spec"]
    template = spec.get("template", {"metadata": {}})
    for metadata in (manifest["metadata"], template["metadata"]):
        for label in _OF_HELM:
            metadata.get("labels", {}).pop(label, None)


def files() -> dict[str, str]:
    """What is written, by path: the base, and what production has beyond it."""
    base, production = render(), render("production")
    return {
        "base/ovoz.yaml": _text(list(base.values())),
        "overlays/production/added.yaml": _text(
            [manifest for name, manifest in production.items() if name not in base]
        ),
    }


def _text(manifests: list[Manifest]) -> str:
    return _HEAD + yaml.safe_dump_all(manifests, sort_keys=False, width=120)


if __name__ == "__main__":
    for path, text in files().items():
        (FOLDER / path).write_text(text, "utf-8")
