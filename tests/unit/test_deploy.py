"""What lies in `deploy/` names only what there is: commands, options, settings, metrics."""

import json
import re
import subprocess
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from api.cli.main import app
from api.http.metrics import exposition
from pipeline.delivery.addresses import FORBIDDEN_V4, FORBIDDEN_V6, GLOBAL_V6, NAT64
from pipeline.jobs.doorbell import QUEUES
from pipeline.model_settings import OpenAIChatModel
from pipeline.settings import load_settings
from pipeline.stores.records.figures import Figures
from workers.gpu.engine import GRACE_SECONDS
from workers.gpu.exporter import METRICS
from workers.gpu.presets import PRESETS
from workers.gpu.warden import KILL_SECONDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
GPU = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
ROLES = DEPLOY / "postgres" / "roles.sql"
HELM = DEPLOY / "helm" / "sheaf"
VALUES = yaml.safe_load((HELM / "values.yaml").read_text())
OURS = ("api", "worker", "sweeper", "migrate")
SET = re.compile(r"\$\{\w+:-([^}]*)\}")
"""A variable of Compose with its default."""


def metrics() -> set[str]:
    figures = Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})
    return set(re.findall(r"^# TYPE (\w+)", exposition(figures), re.MULTILINE)) | set(METRICS)


@pytest.mark.parametrize("file", [COMPOSE, GPU], ids=["compose.yaml", "compose.gpu.yaml"])
def test_a_container_runs_a_command_with_options_that_there_are(file: dict[str, Any]) -> None:
    ours = [
        one["command"] for name, one in file["services"].items() if name in {*OURS, "gpu-worker"} and "command" in one
    ]
    assert ours
    for command, *arguments in ours:
        found = typer.main.get_command(app).commands[command]
        found.make_context(command, [SET.sub(r"\1", each) for each in arguments])


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_given_settings_that_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more = GPU["services"].get(name, {}).get("environment", {})
    for variable, value in {**COMPOSE["services"][name]["environment"], **more}.items():
        monkeypatch.setenv(variable, SET.sub(r"\1", value))  # what Compose makes of it
    settings = load_settings()
    assert settings.doorbell.kind == ("memory" if name == "migrate" else "redis")
    assert settings.tracing.kind == "none"
    assert settings.chat.kind == ("openai" if more else "none")


def test_the_api_asks_the_gpu_worker_of_compose_for_a_model_by_the_name_that_it_has_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = GPU["services"]["gpu-worker"]
    command = [SET.sub(r"\1", each) for each in service["command"]]
    context = typer.main.get_command(app).commands["gpu-worker"].make_context("gpu-worker", command[1:])
    monkeypatch.setenv("SHEAF_CHAT", SET.sub(r"\1", GPU["services"]["api"]["environment"]["SHEAF_CHAT"]))
    chat = load_settings().chat
    assert isinstance(chat, OpenAIChatModel)
    assert chat.model == PRESETS[context.params["preset"]].served_as
    assert [server.url for server in chat.servers] == [f"http://gpu-worker:{context.params['port']}/v1"]
    assert f"127.0.0.1:{context.params['metrics_port']}/" in service["healthcheck"]["test"][-1]
    assert "infer" not in GPU["services"]["worker"]["command"][2].split(",")
    assert f"{context.params['model']}:ro" in service["volumes"][1]


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


def test_the_chart_knows_what_each_presets_engine_calls_its_model_and_where_it_listens() -> None:
    names = (HELM / "templates" / "_names.tpl").read_text()
    told = dict(re.findall(r'^  "([\w-]+)" "([\w-]+)"$', names, re.MULTILINE))
    assert told == {name: preset.served_as for name, preset in PRESETS.items() if preset.gpus}
    port = str({each.name: each for each in typer.main.get_command(app).commands["gpu-worker"].params}["port"].default)
    assert f"http://%s-engine:{port}/v1" in names
    assert f"{{name: engine, containerPort: {port}}}" in (HELM / "templates" / "gpu-worker.yaml").read_text()
    assert (HELM / "templates" / "network.yaml").read_text().count(f"port: {port}") == 2, "out of the API's, into these"


def test_pods_are_given_the_time_that_they_take_to_stop() -> None:
    """Half a minute at most (docs/operations/processes.md); GPU workers end an engine besides."""
    for file, least in {"api": 30, "workers": 30, "gpu-worker": 10 + GRACE_SECONDS + 2 * KILL_SECONDS}.items():
        text = (HELM / "templates" / f"{file}.yaml").read_text()
        given = re.findall(r"terminationGracePeriodSeconds: (\d+)", text)
        assert len(given) == 1
        assert int(given[0]) > least


def test_two_that_feed_batches_never_run_at_once() -> None:
    text = (HELM / "templates" / "api.yaml").read_text()
    assert re.search(r'eq \$component "folders" }}\n +strategy: {type: Recreate}', text)


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
    by_us = re.findall(r"name: (SHEAF_\w+)", (HELM / "templates" / "_names.tpl").read_text())
    assert not {"SHEAF_HTTP__PUBLIC_URL", "SHEAF_ACCESS__MASTER_KEY_PATH"} - set(by_us)
    assert not set(by_us) & set(VALUES["settings"]), "a pod has no variable twice"
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
    """Through a NAT64, where the values say that there is one, the same IPv4 hosts; mapped addresses lie outside."""
    text = (HELM / "templates" / "network.yaml").read_text()
    blocks = re.findall(r"cidr: (\S+)\n +except:(.*?)\n +(?=- ipBlock|ports:|{{-)", text, re.DOTALL)
    opened = {ip_network(cidr): set(re.findall(r"[\da-f][\da-f.:]+/\d+", excepted)) for cidr, excepted in blocks}
    translated = {f"{NAT64[int(network[0])]}/{96 + network.prefixlen}" for network in FORBIDDEN_V4}
    assert opened == {
        ip_network("0.0.0.0/0"): {str(network) for network in FORBIDDEN_V4},
        GLOBAL_V6: {str(network) for network in FORBIDDEN_V6},
        NAT64: translated,
    }
    assert VALUES["networkPolicy"]["nat64"] is False


def test_everything_that_compose_and_the_chart_run_or_need_is_carried_where_there_is_no_internet() -> None:
    page = (ROOT / "docs" / "operations" / "deployment.md").read_text()
    carried = page.partition("## Without the Internet\n")[2]
    images = {
        service["image"] for file in (COMPOSE, GPU) for service in file["services"].values() if "image" in service
    }
    assert images == {"sheaf", "sheaf-gpu", "postgres:17", "redis:7"}
    assert {image for image in images if not re.search(rf"`{image}`", carried)} == set()
    based_on = re.findall(r"^ARG VLLM=(\S+)", DOCKERFILE, re.MULTILINE)
    assert [base for base in based_on if f"# needs {base}\n" not in carried] == []
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


def targets() -> dict[str, str]:
    """The stages of the Dockerfile by name."""
    stages = re.split(r"^FROM \S+ AS ", DOCKERFILE, flags=re.MULTILINE)[1:]
    return {stage.split(maxsplit=1)[0]: stage for stage in stages}


@pytest.mark.parametrize("target", ["sheaf", "sheaf-gpu"])
def test_an_image_runs_as_nobody_in_particular_a_command_that_there_is(target: str) -> None:
    stage = targets()[target]
    users = re.findall(r"^USER (\S+)", stage, re.MULTILINE)
    assert int(users[-1]) > 0
    assert f"useradd --uid {users[-1]} " in stage
    command, *arguments = json.loads(re.findall(r"^CMD (.*)", stage, re.MULTILINE)[-1])
    typer.main.get_command(app).commands[command].make_context(command, arguments)
    (extras,) = re.findall(r"^ARG EXTRAS=(\S+)", stage, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_every_image_of_ours_that_compose_names_is_one_that_the_dockerfile_makes() -> None:
    built = [one for file in (COMPOSE, GPU) for one in file["services"].values() if "build" in one]
    assert {one["image"]: one["build"]["target"] for one in built} == {"sheaf": "sheaf", "sheaf-gpu": "sheaf-gpu"}
    assert list(targets())[-1] == "sheaf", "what is built where no target is named"


def test_what_lies_in_the_folder_beside_the_sources_gets_into_no_layer() -> None:
    """`master.key` and `deploy/.env` are made there by the instructions."""
    first, *allowed = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert first == "*"
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    }
    assert {line.removeprefix("!") for line in allowed if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} == {name for name in copied if (ROOT / name).is_dir()}


@pytest.mark.parametrize("file", ["prometheus/alerts.yaml", "grafana/sheaf.json"])
def test_alerts_and_panels_ask_for_metrics_that_there_are(file: str) -> None:
    text = (DEPLOY / file).read_text()
    found = json.loads(text) if file.endswith("json") else yaml.safe_load(text)
    if "panels" in found:
        asked = [target["expr"] for panel in found["panels"] for target in panel.get("targets", [])]
    else:
        asked = [rule["expr"] for group in found["groups"] for rule in group["rules"]]
    assert asked
    for expression in asked:
        names = set(re.findall(r"\bsheaf_\w+", expression))
        assert names, expression
        assert names <= metrics()


@pytest.mark.parametrize("file", ["local", "postgres/10-roles.sh"])
def test_a_script_is_one_and_may_be_run(file: str) -> None:
    subprocess.run(["bash", "-n", DEPLOY / file], check=True)
    assert (DEPLOY / file).stat().st_mode & 0o111
