"""Lints and renders the chart with Helm's own library, and holds what comes out against the schemas of Kubernetes.

Queries of alerts, dashboard and autoscaling are parsed by the grammar of Prometheus. `make lint-deploy` runs this in an
environment of its own, since Helm's library and the schemas are large. KEDA's objects are held against the schema of
KEDA 2.16: later ones are packaged for Python 3.14 only.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import promql_parser
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject
from helm_python import chart

DEPLOY = Path(__file__).parent
CHART = DEPLOY / "helm" / "sheaf"
KUBERNETES = "1.32"
ERROR = 3
KEDA_NEEDED = {"serverAddress", "query", "threshold"}
KEDA_TAKEN = KEDA_NEEDED.union(
    ("activationThreshold", "authModes", "awsRegion", "customHeaders", "identityOwner"),
    ("ignoreNullValues", "namespace", "queryParameters", "timeout", "unsafeSsl"),
)
"""What a trigger of Prometheus reads (KEDA's prometheus_scaler.go); the schema takes any text by any name there."""
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


def render(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects made with these values.

    Raises:
        SystemExit: Helm finds fault with the chart, or we with an object.
        kubernetes_validate.ValidationError: Kubernetes would not take an object.
        jsonschema.ValidationError: KEDA would not.
    """
    report = chart.lint(str(CHART), values, strict=True)
    faults = [message for message in report["messages"] if message["severity"] >= ERROR]
    if faults or report["errors"]:
        raise SystemExit(f"lint: {faults or report['errors']}")
    texts = chart.Chart.load(str(CHART)).render(values, name="sheaf", namespace="sheaf").values()
    made = [document for text in texts for document in yaml.safe_load_all(text) if document]
    for document in made:
        if document["kind"] == "ScaledObject":
            check_scaled(document, made)
        else:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        if document["kind"] == "NetworkPolicy":
            spec = document["spec"]
            # Kubernetes takes an empty list of ports for all of them.
            if not all(rule["ports"] for rule in spec.get("egress", []) + spec.get("ingress", [])):
                raise SystemExit(f"NetworkPolicy/{document['metadata']['name']}: a rule without ports opens all")
    return made


def closed(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON Schema
    """The schema with no field that it does not name: an API server drops those, or refuses the object."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **parts} if isinstance(schema.get("properties"), dict) else parts


SCALED_OBJECT = closed(ScaledObject.model_json_schema(by_alias=True))


def check_scaled(document: dict[str, Any], made: list[dict[str, Any]]) -> None:
    """Hold one of KEDA's objects against its schema, what it scales, and what its triggers read."""
    jsonschema.validate(document, SCALED_OBJECT)
    name, spec = document["metadata"]["name"], document["spec"]
    scaled = [
        each
        for each in made
        if each["kind"] == "Deployment" and each["metadata"]["name"] == spec["scaleTargetRef"]["name"]
    ]
    if len(scaled) != 1 or "replicas" in scaled[0]["spec"]:
        raise SystemExit(f"ScaledObject/{name}: it scales no Deployment that leaves its number of pods to it")
    for trigger in spec["triggers"]:
        given = set(trigger["metadata"])
        if trigger["type"] != "prometheus" or not KEDA_NEEDED <= given <= KEDA_TAKEN:
            raise SystemExit(f"ScaledObject/{name}: a trigger is not one of Prometheus: {trigger}")


def queries(made: list[dict[str, Any]]) -> Iterator[str]:
    """What Prometheus is asked: by KEDA in these objects, by the alerts and by the dashboard."""
    scaled = [document for document in made if document["kind"] == "ScaledObject"]
    yield from (trigger["metadata"]["query"] for document in scaled for trigger in document["spec"]["triggers"])
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    yield from (rule["expr"] for group in alerts["groups"] for rule in group["rules"])
    dashboard = json.loads((DEPLOY / "grafana" / "sheaf.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))


for given in ({}, {"networkPolicy": {"enabled": False}}, {"networkPolicy": {"webhooks": []}}, ALL):
    objects = render(given)
    sys.stdout.write(", ".join(f"{each['kind']}/{each['metadata']['name']}" for each in objects) + "\n")
    asked = list(queries(objects))
    for query in asked:
        promql_parser.parse(query)
sys.stdout.write(f"{len(asked)} queries\n")
