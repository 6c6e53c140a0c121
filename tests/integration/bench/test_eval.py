"""The bench of the labelled sets, over sets and scorers made here."""

import json

import pytest

from bench.eval.__main__ import main
from pipeline.models.hashing import HashingEmbedder

SCORER = """
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--labels"); parser.add_argument("--predictions")
given = parser.parse_args()
labels = [json.loads(line) for line in open(given.labels + "/labels.jsonl")]
said = {p["file"]: p["summary"] for p in map(json.loads, open(given.predictions))}
print(json.dumps({"rouge-1": sum(label["summary"] in said[label["file"]] for label in labels) / len(labels)}))
"""


@pytest.fixture
def data(tmp_path):
    scorers, folder = tmp_path / "scorers", tmp_path / "data" / "summaries-bbc"
    scorers.mkdir()
    folder.mkdir(parents=True)
    (scorers / "score_fields.py").write_text("TRUTH = {}")
    (scorers / "score_summaries.py").write_text(SCORER)
    (folder / "a.txt").write_text("The ship <Ada> sank off Cork on Monday. All of the crew were saved by a lifeboat.")
    (folder / "b.bin").write_bytes(b"\0\1\2")
    labels = [{"file": "a.txt", "summary": "sank off Cork"}, {"file": "b.bin", "summary": "nothing can be read"}]
    (folder / "labels.jsonl").write_text("\n".join(json.dumps(label) for label in labels))
    return tmp_path / "data"


def test_figures_faults_and_the_page_come_out(data, tmp_path, capsys):
    report = tmp_path / "report"
    assert main(["--data", str(data), "--report", str(report)]) == 0
    assert "summaries-bbc (summaries) | rouge-1 | 0.5 | ≥ 61 | 2 of 2" in capsys.readouterr().out
    found = json.loads((report / "sets.json").read_text())
    assert found["sets"]["summaries-bbc/score_summaries"]["figures"] == {"rouge-1": 0.5}
    assert [fault.partition(":")[0] for fault in found["faults"]] == ["summaries-bbc/b.bin"]
    assert "summaries-bbc/b.bin" in (report / "index.html").read_text()


def test_what_the_time_does_not_suffice_for_is_said(data, tmp_path, capsys):
    main(["--data", str(data), "--report", str(tmp_path / "report"), "--minutes", "0"])
    assert "rouge-1 | not measured | ≥ 61 | 0 of 2" in capsys.readouterr().out


def test_data_without_scorers_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "has no scorers" in capsys.readouterr().err


RANKING = """
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--labels"); parser.add_argument("--predictions")
parser.add_argument("--drop-negatives", action="store_true")
given = parser.parse_args()
assert given.drop_negatives
wanted = {row["query_id"]: row["relevant"] for row in map(json.loads, open(given.labels + "/labels.jsonl"))}
said = {p["query_id"]: p["ranked"] for p in map(json.loads, open(given.predictions))}
assert all(len(set(ranked)) == len(ranked) for ranked in said.values())
print(json.dumps({"ndcg@10": sum(said[query][0] in relevant for query, relevant in wanted.items()) / len(wanted)}))
"""
ABSTRACTS = {"1": "flow over a wing", "2": "heat in a blunt body. " * 200, "3": "panel flutter"}


def test_questions_are_asked_of_an_index_of_all_documents(data, tmp_path, capsys, monkeypatch):
    class Hashing(HashingEmbedder):
        def __init__(self, cache_dir):
            super().__init__()

    monkeypatch.setattr("bench.eval.__main__.Remembering", Hashing)
    (data.parent / "scorers" / "score_retrieval.py").write_text(RANKING)
    folder = data / "retrieval-cranfield"
    folder.mkdir()
    corpus = [{"doc_id": name, "title": "", "text": text} for name, text in ABSTRACTS.items()]
    labels = [
        {"query_id": "a", "query": "what is known of panel flutter", "relevant": {"3": 1}},
        {"query_id": "b", "query": "heat of blunt bodies", "relevant": {"2": 1}},
    ]
    for name, rows in (("corpus", corpus), ("labels", labels)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    main(["--data", str(data), "--report", str(tmp_path / "report"), "--only", "retrieval-cranfield"])
    assert "retrieval-cranfield (retrieval) | ndcg@10 | 1.0 | ≥ 0.47 | 2 of 2" in capsys.readouterr().out
