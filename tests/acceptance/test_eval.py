"""`sheaf eval` over our examples, against a real service."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from tests.support.service import running

EXAMPLES = Path(__file__).parents[2] / "examples"
LABELS = {
    "invoice_number": "LW 2026 0417",
    "/invoice_date": "12 March 2026",
    "seller": {"name": "Lindenwerk Office Supplies GmbH", "vat_id": "DE999123457"},
    "currency": "€",
    "iban": "DE00 0000 0000",  # a label that is wrong
}


@pytest.mark.linux
def test_an_example_is_measured_and_a_wrong_label_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "labelled"
    folder.mkdir()
    shutil.copy(EXAMPLES / "invoice.pdf", folder)
    (folder / "labels.jsonl").write_text(json.dumps({"file": "invoice.pdf", "fields": LABELS}))
    with running(tmp_path / "data") as service:
        asked = ["eval", str(folder), "--schema", "invoice", "--url", service.url, "--key", service.key]
        result = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    run = json.loads(Path("eval-report/report.json").read_text())
    assert (run["figures"]["overall"]["right"], run["figures"]["overall"]["labelled"]) == (5, 6)
    assert [(miss["field"], miss["outcome"]) for miss in run["misses"]] == [("/iban", "wrong")]
    assert run["figures"]["evidence"]["hit_rate"] == 1
    assert float(run["figures"]["usage"]["seconds_per_document"]) > 0
    page = Path("eval-report/index.html").read_text()
    assert page.count("data:image/png;base64,") == 1
    assert 'class="mark"' in page
