"""What lies in `deploy/` names only what there is: commands, options, settings, metrics."""

import json
import re
import subprocess
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from api.cli.main import app
from api.http.metrics import exposition
from pipeline.delivery.addresses import FORBIDDEN_V4, FORBIDDEN_V6, GLOBAL_V6
from pipeline.jobs.doorbell import QUEUES
from pipeline.settings import load_settings
from pipeline.stores.records.figures import Figures
from workers.gpu.exporter import METRICS
from workers.gpu.presets import PRESETS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
GPU = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())
ROLES = DEPLOY / "postgres" / "roles.sql"
HELM = DEPLOY / "helm" / "sheaf"
VALUES = yaml.safe_load((HELM / "values.yaml").read_text())
OURS = ("api", "worker", "sweeper", "migrate")


def metrics() -> set[str]:
    figures = Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})
    return set(re.findall(r"^# TYPE (\w+)", exposition(figures), re.MULTILINE)) | set(METRICS)


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_a_command_with_options_that_there_are(name: str) -> None:
    command, *arguments = COMPOSE["services"][name]["command"]
    found = typer.main.get_command(app).commands[command]
    found.make_context(command, list(arguments))


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_given_settings_that_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more = GPU["services"].get(name, {}).get("environment", {})
    for variable, value in {**COMPOSE["services"][name]["environment"], **more}.items():
        monkeypatch.setenv(variable, re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))  # what Compose makes of it
    settings = load_settings()
    assert settings.doorbell.kind == ("memory" if name == "migrate" else "redis")
    assert settings.tracing.kind == "none"
    assert settings.chat.kind == ("openai" if more else "none")


def test_only_the_migration_knows_who_owns_the_tables() -> None:
    """Roles and variables are those of `deploy/postgres`; PostgreSQL's container makes them."""
    roles = set(re.findall(r"^ALTER ROLE (\w+) LOGIN NOSUPERUSER NOBYPASSRLS", ROLES.read_text(), re.MULTILINE))
    assert roles == {"sheaf_owner", "sheaf_service"}
    for name in OURS:
        url = COMPOSE["services"][name]["environment"]["SHEAF_DATABASE_URL"]
        role, password = re.findall(r"//(\w+):\$\{(\w+):", url)[0]
        assert (role, password) == (
            ("sheaf_owner", "OWNER_PASSWORD") if name == "migrate" else ("sheaf_service", "SERVICE_PASSWORD")
        )
        if name != "migrate":
            assert COMPOSE["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
            assert "OWNER_PASSWORD" not in str(COMPOSE["services"][name])
    asked = set(re.findall(r"\$([A-Z_]+)", (ROLES.parent / "10-roles.sh").read_text()))
    assert asked <= set(COMPOSE["services"]["postgres"]["environment"])
    mounted = [volume.split(":")[0] for volume in COMPOSE["services"]["postgres"]["volumes"] if volume.startswith(".")]
    assert all((DEPLOY / path).is_file() for path in mounted)
    assert len(mounted) == 2


def test_the_chart_migrates_as_the_owner_before_anything_else_starts() -> None:
    text = (HELM / "templates" / "migrate.yaml").read_text()
    assert "helm.sh/hook: pre-install,pre-upgrade" in text
    assert text.index('include "sheaf.container"') < text.index("secretRef: {name: {{ .Values.migrationSecret }}}")
    assert "migrationSecret" not in (HELM / "templates" / "_names.tpl").read_text()
    for confined in ("sheaf.pod", "sheaf.container"):
        assert f'include "{confined}"' in text


@pytest.mark.parametrize(
    "file", [path for path in sorted((HELM / "templates").iterdir()) if "args: [" in path.read_text()], ids=str
)
def test_the_charts_pods_run_commands_with_options_that_there_are(file: Path) -> None:
    """Helm's language is taken out by hand here; `deploy/check.py` renders it with Helm's own library."""
    for written in re.findall(r"args: \[(.*)\]", file.read_text()):
        named = written.replace("{{ $component }}", "worker").replace("{{ $.Values.api.port | quote }}", '"8080"')
        line = re.sub(r"{{ eq .*? ternary (.*?) (.*?) }}", r"\1, \2", named)
        parts = [part.strip(' "') for part in line.split(",")]
        command, *arguments = [VALUES["worker"]["queues"] if "Values.worker.queues" in part else part for part in parts]
        typer.main.get_command(app).commands[command].make_context(command, arguments)


def test_the_charts_workers_leave_to_gpu_workers_what_is_theirs() -> None:
    assert set(VALUES["worker"]["queues"].split(",")) == set(QUEUES) - {"infer"}
    workers = (HELM / "templates" / "workers.yaml").read_text()
    beside, alone = re.findall(r"args: \[(.*)\]", workers.partition(".Values.gpuWorker.enabled }}")[2])
    assert "--queues, {{ $.Values.worker.queues | quote }}" in beside
    assert "--queues" not in alone
    scaler = (HELM / "templates" / "autoscaling.yaml").read_text()
    assert 'ternary $.Values.worker.queues "infer"' in scaler
    assert '.gpuWorker.enabled | ternary $own (printf "%s,infer" $own) | replace "," "|"' in scaler


def test_the_chart_starts_gpu_workers_with_a_preset_that_there_is() -> None:
    assert VALUES["gpuWorker"]["preset"] in PRESETS
    assert VALUES["gpuWorker"]["gpus"] == PRESETS[VALUES["gpuWorker"]["preset"]].gpus
    text = (HELM / "templates" / "gpu-worker.yaml").read_text()
    found = typer.main.get_command(app).commands["gpu-worker"]
    options = {option for parameter in found.params for option in parameter.opts}
    assert set(re.findall(r'"(--[a-z-]+)"', text)) <= options


def test_the_chart_gives_settings_and_metrics_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in VALUES["settings"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert (settings.doorbell.kind, settings.blobs.kind, settings.vectors.kind) == ("redis", "s3", "qdrant")
    text = (HELM / "templates" / "autoscaling.yaml").read_text()
    assert set(re.findall(r"\bsheaf_\w+", text)) <= metrics()


def test_a_chart_that_traces_gives_a_setting_that_there_is_and_lets_pods_reach_the_collector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (HELM / "templates" / "_names.tpl").read_text()
    given = re.search(r"{name: (SHEAF_TRACING\w+), value: (\w+)}", text)
    assert given is not None
    monkeypatch.setenv(*given.groups())
    assert load_settings().tracing.kind == "otel"
    assert VALUES["tracing"]["endpoint"].endswith(f":{VALUES['tracing']['port']}")
    assert ".Values.tracing.port" in (HELM / "templates" / "network.yaml").read_text()


def test_pods_reach_for_webhooks_just_what_the_guard_of_addresses_calls_public() -> None:
    """Of what the guard calls faces, NAT64 and mapped addresses lie outside what IPv6 may reach."""
    text = (HELM / "templates" / "network.yaml").read_text()
    blocks = re.findall(r"cidr: (\S+)\n +except:(.*?)\n +(?=- ipBlock|ports:)", text, re.DOTALL)
    opened = {ip_network(cidr): set(re.findall(r"[\da-f][\da-f.:]+/\d+", excepted)) for cidr, excepted in blocks}
    assert opened == {
        ip_network("0.0.0.0/0"): {str(network) for network in FORBIDDEN_V4},
        GLOBAL_V6: {str(network) for network in FORBIDDEN_V6},
    }


def test_everything_that_compose_and_the_chart_run_or_need_is_carried_where_there_is_no_internet() -> None:
    page = (ROOT / "docs" / "operations" / "deployment.md").read_text()
    carried = page.partition("## Without the Internet\n")[2]
    images = {
        service["image"] for file in (COMPOSE, GPU) for service in file["services"].values() if "image" in service
    }
    assert {"sheaf", "postgres:17", "redis:7"} < images
    assert {image for image in images if not re.search(rf"`{image}`", carried)} == set()
    named = set()
    for template in (HELM / "templates").iterdir():
        named |= set(re.findall(r"\bimage: (.+)", template.read_text()))
    assert {re.sub(r'include "sheaf.image" [$.]|required ".*" ', "", image) for image in named} == {
        "{{  }}",
        "{{ .Values.gpuWorker.image }}",
    }, "the chart runs one more image: carry it too"
    assert "`gpuWorker.image`" in carried
    needed = {
        "qdrant": "qdrant/qdrant",
        "otel-collector": "otel/opentelemetry-collector",
        "prometheus-server": "prom/prometheus",
    }
    urls = [
        VALUES["settings"]["SHEAF_VECTORS__URL"],
        VALUES["tracing"]["endpoint"],
        VALUES["autoscaling"]["prometheus"],
    ]
    for url in urls:
        assert f"`{needed[urlsplit(url).hostname]}`" in carried
    for part in ("keda", "keda-metrics-apiserver", "keda-admission-webhooks"):
        assert f"`ghcr.io/kedacore/{part}`" in carried


def test_the_charts_pods_are_confined() -> None:
    text = (HELM / "templates" / "_names.tpl").read_text()
    for line in (
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "capabilities: {drop: [ALL]}",
        "automountServiceAccountToken: false",
    ):
        assert line in text
    for file in ("api", "workers", "gpu-worker"):
        used = (HELM / "templates" / f"{file}.yaml").read_text()
        assert (
            used.count("kind: Deployment")
            == used.count('include "sheaf.pod"')
            == used.count('include "sheaf.container"')
        )


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = re.findall(r"^USER (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert users
    assert int(users[-1]) > 0


@pytest.mark.parametrize("file", ["prometheus/alerts.yaml", "grafana/sheaf.json"])
def test_alerts_and_panels_ask_for_metrics_that_there_are(file: str) -> None:
    text = (DEPLOY / file).read_text()
    found = json.loads(text) if file.endswith("json") else yaml.safe_load(text)
    rules = found["panels"] if "panels" in found else found["groups"][0]["rules"]
    asked = [each["targets"][0]["expr"] if "targets" in each else each["expr"] for each in rules]
    for expression in asked:
        names = set(re.findall(r"\bsheaf_\w+", expression))
        assert names, expression
        assert names <= metrics()


@pytest.mark.parametrize("file", ["local", "postgres/10-roles.sh"])
def test_a_script_is_one_and_may_be_run(file: str) -> None:
    subprocess.run(["bash", "-n", DEPLOY / file], check=True)
    assert (DEPLOY / file).stat().st_mode & 0o111
