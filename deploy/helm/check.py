"""Lints and renders the chart with Helm's own library and holds what comes out against the schemas of Kubernetes.

In an environment of its own, since Helm's library is large: pip install helm-python-sdk kubernetes-validate; then
python deploy/helm/check.py. Objects of KEDA are rendered and not validated.
"""

import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from helm_python import chart

CHART = Path(__file__).parent / "sheaf"
KUBERNETES = "1.32"
ERROR = 3
ALL: dict[str, Any] = {
    "gpuWorker": {"enabled": True, "image": "sheaf-gpu", "models": "models", "arguments": ["--model", "/models/scout"]},
    "autoscaling": {"enabled": True},
    "migrationSecret": "sheaf-owner",
    "tracing": {"enabled": True, "variables": {"OTEL_TRACES_SAMPLER": "always_on"}},
    "folders": {
        "volumes": [{"name": "scans", "persistentVolumeClaim": {"claimName": "scans"}}],
        "volumeMounts": [{"name": "scans", "mountPath": "/srv/scans", "readOnly": True}],
    },
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]},
    "imagePullSecrets": [{"name": "registry"}],
}


def check(values: dict[str, Any]) -> list[str]:
    """The objects made with these values; raises on what Kubernetes would not take."""
    report = chart.lint(str(CHART), values, strict=True)
    faults = [message for message in report["messages"] if message["severity"] >= ERROR]
    if faults or report["errors"]:
        raise SystemExit(f"lint: {faults or report['errors']}")
    made = []
    for text in chart.Chart.load(str(CHART)).render(values, name="sheaf", namespace="sheaf").values():
        for document in filter(None, yaml.safe_load_all(text)):
            made.append(f"{document['kind']}/{document['metadata']['name']}")
            if document["apiVersion"] != "keda.sh/v1alpha1":
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
    return made


for given in ({}, ALL, {"networkPolicy": {"enabled": False}}):
    sys.stdout.write(f"{', '.join(check(given))}\n")
