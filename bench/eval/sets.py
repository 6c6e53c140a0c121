"""What is measured: each set with its scorer, how its predictions are made, and the figures that are wanted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymupdf

from bench.eval import fields
from bench.eval.engine import Engine
from pipeline.reading.content import as_markdown, as_text
from pipeline.summarizing.extractive import summarize

Label = dict[str, Any]
Prediction = dict[str, Any]
Predict = Callable[[Engine, Path, Label, Path], Prediction]
"""(engine, folder of the set, label, folder for scratch) → a line for the scorer, without the file."""
EXTRACTION = "_extraction"
"""Key of a prediction under which the whole extraction is; keys that begin with `_` are not for the scorer."""
Asked = Callable[[Label], tuple[Mapping[str, str], dict[str, Any]]]
Where = Callable[[Path, Label, Path], Path]
"""(folder of the set, label, folder for scratch) → the file that is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One run of one scorer over one set."""

    name: str
    """Of the set's folder."""
    scorer: str
    wanted: Mapping[str, float]
    """Figures of the scorer by the path of their names, with the least that is wanted, or for error rates the most."""
    predict: Predict
    asked: "Asked" = field(default=lambda _: ({}, {}))
    """What a label's document is asked for: pointers by the scorer's names (see `judging`), and the schema."""
    path: "Where" = field(default=lambda folder, label, _: folder / label["file"])
    kept: Callable[[Label], bool] = field(default=lambda _: True)


def make_sets(data: Path, scorer: Any) -> list[Measured]:  # noqa: ANN401 - a module of the scorers
    """All sets; those whose folders are not there are left out. `scorer` is the module `score_fields`."""
    return [
        each for each in (*_field_sets(data, scorer), *_READING, *_SUMMARIES, _SPEECH) if (data / each.name).is_dir()
    ]


def labels_of(folder: Path, name: str = "labels.jsonl") -> list[Label]:
    """The lines of a set's labels."""
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def key_of(label: Label) -> tuple[str, str]:
    """What names a label's document: `file` or `id`, and which."""
    return ("file", label["file"]) if "file" in label else ("id", str(label["id"]))


def _field_sets(data: Path, scorer: Any) -> list[Measured]:  # noqa: ANN401 - a module of the scorers
    invoice, extra = fields.schema_named("invoice"), _keys(data / "invoices-invoice2data", scorer)
    i2d, own = fields.with_keys(invoice, extra), {name: f"/{name}" for name in extra}
    revenues = fields.plain_fields(["revenues"])
    rows = {"revenues": "/revenues/*"}
    receipt = fields.schema_named("receipt")
    contract, form = fields.schema_named("contract"), fields.schema_named("form")
    return [
        _fields("receipts-sroie", receipt, lambda d: fields.values(d, fields.RECEIPT), fields.RECEIPT, micro=0.88),
        _fields(
            "invoices-invoice2data",
            i2d,
            lambda d: fields.invoice_fields(d, extra),
            fields.INVOICE | own,
            micro_core=0.90,
            micro=0.55,
        ),
        _fields("invoices-parsee", invoice, fields.invoice_fields, fields.INVOICE, micro=0.94),
        _fields("invoices-zugferd", invoice, fields.invoice_fields, fields.INVOICE, micro=0.85),
        _fields("contracts-kleister-nda", contract, fields.contract_fields, fields.CONTRACT, micro=0.78),
        _fields("report-pages-parsee", fields.REVENUES, revenues, rows, micro=0.70),
        _fields("report-images-finrag", fields.REVENUES, revenues, rows, micro=0.92),
        _fields("forms-funsd", form, fields.form_fields, {"pairs": "/pairs/*"}, f1=0.52),
        _mixed(scorer),
    ]


def _keys(folder: Path, scorer: Any) -> dict[str, str]:  # noqa: ANN401 - a module of the scorers
    """All labelled keys of the invoices that are not in the schema, as a user would ask for them."""
    if not folder.is_dir():
        return {}
    found = {
        k: kind for label in labels_of(folder) for k, (kind, _) in scorer.TRUTH[folder.name](label["fields"]).items()
    }
    return {name: kind for name, kind in found.items() if name not in fields.INVOICE}


def _fields(
    name: str,
    schema: dict[str, Any],
    shape: Callable[[Any], fields.Fields],
    pointers: fields.Pointers,
    **wanted: float,
) -> Measured:
    def path(folder: Path, label: Label, scratch: Path) -> Path:
        file = folder / label["file"]
        return _without_attachments(file, scratch) if name == "invoices-zugferd" else file

    def predict(engine: Engine, folder: Path, label: Label, scratch: Path) -> Prediction:
        extraction = engine.extract(path(folder, label, scratch), schema)
        return {"fields": shape(extraction.data), EXTRACTION: extraction}

    return Measured(
        name=name,
        scorer="score_fields",
        wanted=wanted,
        predict=predict,
        asked=lambda _: (pointers, schema),
        path=path,
    )


def _mixed(scorer: Any) -> Measured:  # noqa: ANN401 - a module of the scorers
    name = "documents-mixed-silver"

    def asked(label: Label) -> tuple[Mapping[str, str], dict[str, Any]]:
        truth = scorer.TRUTH[name](label["fields"])
        kinds = {key: (kind, len(values) > 1) for key, (kind, values) in truth.items()}
        patterns = {key: f"/{key.replace('.', '/')}" + ("/*" if many else "") for key, (_, many) in kinds.items()}
        return patterns, fields.nested(kinds)

    def predict(engine: Engine, folder: Path, label: Label, _: Path) -> Prediction:
        patterns, schema = asked(label)
        extraction = engine.extract(folder / label["file"], schema)
        return {"fields": fields.at_patterns(extraction.data, patterns), EXTRACTION: extraction}

    return Measured(name=name, scorer="score_fields", wanted={"micro": 0.35}, predict=predict, asked=asked)


def _without_attachments(path: Path, scratch: Path) -> Path:
    """The invoice's pages only: the attached XML holds the answers."""
    stripped = scratch / f"{path.stem}.pages.pdf"
    with pymupdf.open(path) as document:
        for name in document.embfile_names():
            document.embfile_del(name)
        document.del_xml_metadata()
        document.save(stripped, garbage=3)
    return stripped


def _text(engine: Engine, folder: Path, label: Label, _: Path) -> Prediction:
    return {"text": as_text(engine.read(folder / label["file"]))}


def _speech(engine: Engine, folder: Path, label: Label, _: Path) -> Prediction:
    """Without the speakers' names, which nobody says."""
    return {"text": "\n\n".join(segment.text for segment in engine.read(folder / label["file"]).segments)}


def _markdown(engine: Engine, folder: Path, label: Label, _: Path) -> Prediction:
    return {"text": as_markdown(engine.read(folder / label["file"]))}


def _tables(engine: Engine, folder: Path, label: Label, _: Path) -> Prediction:
    document = engine.read(folder / label["file"])
    found = [(page.number, block.table) for page in document.pages for block in page.blocks if block.table]
    return {
        "tables": [
            {
                "page": number,
                "cells": [
                    {
                        "row": cell.row,
                        "col": cell.column,
                        "end_row": cell.row + cell.row_span - 1,
                        "end_col": cell.column + cell.column_span - 1,
                        "text": cell.text,
                    }
                    for cell in table.cells
                ],
            }
            for number, table in found
        ]
    }


def _summary(sentences: int) -> Predict:
    def predict(engine: Engine, folder: Path, label: Label, scratch: Path) -> Prediction:
        path = folder / label["file"] if "file" in label else scratch / f"{label['id']}.txt"
        if "file" not in label:
            path.write_text(label["text"], encoding="utf-8")
        return {"summary": summarize(engine.read(path), sentences=sentences).text}

    return predict


def _spoken(label: Label) -> bool:
    return bool(label["language"] == "en" and "synthetic" not in label["kind"])


_READING = (
    Measured(name="tables-icdar2013", scorer="score_tables", wanted={"f1": 0.93, "macro_f1": 0.93}, predict=_tables),
    Measured(name="pdf-text-olmocr", scorer="score_reading", wanted={"passed": 0.70}, predict=_markdown),
    Measured(
        name="pdf-markdown-docling",
        scorer="score_reading",
        wanted={"edit_similarity": 0.90, "word_f1": 0.95},
        predict=_markdown,
    ),
    Measured(name="receipts-sroie", scorer="score_ocr", wanted={"f1": 0.955}, predict=_text),
    Measured(name="forms-funsd", scorer="score_ocr", wanted={"f1": 0.93}, predict=_text),
    Measured(name="ocr-images-tesseract", scorer="score_ocr", wanted={"cer": 0.10}, predict=_text),
)
_SUMMARIES = tuple(
    Measured(
        name=f"summaries-{name}",
        scorer="score_summaries",
        wanted=dict(zip(("rouge-1", "rouge-2", "rouge-L"), figures, strict=True)),
        predict=_summary(10 if name == "qmsum" else 3),
    )
    for name, figures in {
        "bbc": (61, 56, 45),
        "scitldr": (32, 14, 23),
        "legal": (22, 6, 15),
        "dialogsum": (31, 9, 23),
        "qmsum": (19, 3, 12),
    }.items()
)
_SPEECH = Measured(name="audio-speech", scorer="score_speech", wanted={"wer": 0.38}, predict=_speech, kept=_spoken)
LOWER_IS_BETTER = frozenset({"wer", "cer"})
