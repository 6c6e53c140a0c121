"""What lies in `deploy/` names only what there is: commands, options, settings, metrics."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from api.cli.main import app
from api.http.metrics import exposition
from pipeline.settings import load_settings
from pipeline.stores.records.figures import Figures
from workers.gpu.exporter import METRICS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
GPU = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())
OURS = ("api", "worker", "sweeper")


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
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.doorbell.kind == "redis"
    assert settings.chat.kind == ("openai" if more else "none")


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


def test_the_local_script_is_bash_and_may_be_run() -> None:
    subprocess.run(["bash", "-n", DEPLOY / "local"], check=True)
    assert (DEPLOY / "local").stat().st_mode & 0o111
