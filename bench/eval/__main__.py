"""`python -m bench.eval --data FOLDER`: every labelled set through reading and rules, scored, in a table and a page.

The scorers stand beside the data and are run as they are. Sets that the time does not suffice for are scored on the
files that were reached, and the table says so.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

from bench.eval.engine import Engine
from bench.eval.fitting import Example, examples, write
from bench.eval.judging import Given, judged
from bench.eval.questions import Asking, Questions, question_sets
from bench.eval.sets import EXTRACTION, LOWER_IS_BETTER, Label, Measured, Prediction, key_of, labels_of, make_sets
from bench.eval.shelf import Remembering
from bench.eval.trust import WANTED, figures, placed_leaves
from pipeline.errors import SheafError
from pipeline.evaluation.page import html_page, table

AT_ONCE = 2
COLUMNS = ("Set", "Figure", "Measured", "Wanted", "Files", "Seconds")


class Bench:
    """One run over all sets."""

    def __init__(self, data: Path, scorers: Path, *, sample: int | None, until: float, scratch: Path) -> None:
        self.scorer = _module(scorers / "score_fields.py")
        self._data = data
        self._scorers = scorers
        self._sample = sample
        self._until = until
        self._scratch = scratch
        self._engine = Engine(scratch)
        self._model: Remembering | None = None
        self.faults: list[str] = []
        self.given: list[Given] = []
        """All values of the field sets that the labels speak of."""
        self.placed: list[bool] = []
        """Of each leaf of a right value whether its evidence holds it."""

    def close(self) -> None:
        """End the children."""
        self._engine.close()

    def measure(self, measured: Measured) -> dict[str, Any]:
        """Figures of one set, and over how many of its files."""
        began = time.perf_counter()
        folder = self._data / measured.name
        everything = [label for label in labels_of(folder) if measured.kept(label)]
        labels = everything[: self._sample]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            predictions = list(threads.map(lambda label: self._predict(measured, folder, label), labels))
        reached = [(label, each) for label, each in zip(labels, predictions, strict=True) if each is not None]
        lines = [line for _, line in reached]
        scored = self._scored(measured.scorer, folder, [label for label, _ in reached], lines) if reached else {}
        for label, prediction in reached:
            self._judge(measured, folder, label, prediction)
        seconds = round(time.perf_counter() - began, 1)
        return {"figures": scored, "files": len(reached), "of": len(everything), "seconds": seconds}

    def _judge(self, measured: Measured, folder: Path, label: Label, prediction: dict[str, Any]) -> None:
        """Keep what confidence and evidence are judged by."""
        extraction = prediction.get(EXTRACTION)
        if extraction is not None:
            pointers, _ = measured.asked(label)
            given = list(judged(measured.name, label, extraction, pointers, self.scorer))
            document = self._engine.read(measured.path(folder, label, self._scratch))
            self.given += given
            self.placed += [held for held, _ in placed_leaves(given, document)]

    def examples(self, measured: Measured) -> list[Example]:
        """What the weights of confidence are fitted on."""
        return examples(self._engine, self._data, measured, self.scorer, self._scratch)

    def ask(self, questions: Questions) -> dict[str, Any]:
        """Figures of one set of questions."""
        began = time.perf_counter()
        folder = self._data / questions.name
        everything = labels_of(folder)
        labels = everything[: self._sample]
        found: dict[str, Any] = {}
        reached = 0
        if time.monotonic() <= self._until:
            asking = Asking(engine=self._engine, embedder=self._embedder(), folder=folder, scratch=self._scratch)
            try:
                answered = questions.ask(asking, labels)
            except SheafError as error:
                self.faults.append(f"{questions.name}: {error.message}")
            else:
                scored = self._scored(questions.scorer, folder, labels, answered.lines, questions.options)
                found, reached = {**scored, **answered.figures}, len(labels)
        seconds = round(time.perf_counter() - began, 1)
        return {"figures": _flat(found), "files": reached, "of": len(everything), "seconds": seconds}

    def _embedder(self) -> Remembering:
        if self._model is None:
            self._model = Remembering(self._scratch / "model")
        return self._model

    def _predict(self, measured: Measured, folder: Path, label: Label) -> dict[str, Any] | None:
        """A line for the scorer; without an answer where the file cannot be read, `None` where time is up."""
        if time.monotonic() > self._until:
            return None
        kind, name = key_of(label)
        try:
            return {kind: name, **measured.predict(self._engine, folder, label, self._scratch)}
        except SheafError as error:
            self.faults.append(f"{measured.name}/{name}: {error.message}")
            return {kind: name, "fields": {}, "text": "", "summary": "", "tables": []}

    def _scored(
        self, scorer: str, folder: Path, labels: list[Label], lines: list[Prediction], options: Sequence[str] = ()
    ) -> dict[str, Any]:
        """What the scorer says about these labels; its folder has everything else of the set."""
        shown = self._scratch / scorer / folder.name
        shown.mkdir(parents=True)
        for entry in folder.iterdir():
            if entry.name != "labels.jsonl":
                (shown / entry.name).symlink_to(entry.resolve())
        _write(shown / "labels.jsonl", labels)
        predictions = self._scratch / f"{scorer}-{folder.name}.jsonl"
        _write(predictions, lines)
        script = self._scorers / f"{scorer}.py"
        command: list[str | Path] = [sys.executable, script, "--labels", shown, "--predictions", predictions, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            self.faults.append(f"{folder.name}: {script.name} failed: {done.stderr.strip()[-300:]}")
            return {}
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures


def main(arguments: Sequence[str]) -> int:
    """What `python -m bench.eval` does; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.eval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder a set")
    parser.add_argument("--scorers", type=Path, help="folder of the scorers; beside the data without it")
    parser.add_argument("--report", type=Path, default=Path("eval-report"))
    parser.add_argument("--sample", type=int, help="only so many files of each set")
    parser.add_argument("--minutes", type=float, default=36.0, help="no file is begun after them")
    parser.add_argument("--only", nargs="*", help="only these sets")
    parser.add_argument("--fit", type=Path, help="fit the weights of confidence on the field sets and write them here")
    chosen = parser.parse_args(arguments)
    scorers = chosen.scorers or chosen.data.parent / "scorers"
    if not (scorers / "score_fields.py").is_file() or not chosen.data.is_dir():
        parser.error(f"{chosen.data} is no folder, or {scorers} has no scorers")
    until = time.monotonic() + 60 * chosen.minutes
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(chosen.data, scorers, sample=chosen.sample, until=until, scratch=Path(scratch))
        try:
            sets = make_sets(chosen.data, bench.scorer)
            if chosen.fit:
                return _fit(bench, sets, chosen.fit)
            rows, results = _measure(bench, [*sets, *question_sets(chosen.data)], chosen.only)
        finally:
            bench.close()
    _report(chosen.report, rows, results, bench.faults, sample=chosen.sample)
    return 0


def _measure(
    bench: Bench, sets: Sequence[Measured | Questions], only: list[str] | None
) -> tuple[list[list[str]], dict[str, Any]]:
    rows, results = [], {}
    print(" | ".join(COLUMNS), flush=True)
    for measured in sets:
        if only and measured.name not in only:
            continue
        result = results[f"{measured.name}/{measured.scorer}"] = (
            bench.ask(measured) if isinstance(measured, Questions) else bench.measure(measured)
        )
        for row in _rows(measured, result):
            rows.append(row)
            print(" | ".join(row), flush=True)
    if bench.given:
        more, results["confidence and evidence"] = _trust(bench)
        rows += more
    return rows, results


def _fit(bench: Bench, sets: Sequence[Measured], path: Path) -> int:
    found = [each for measured in sets if measured.scorer == "score_fields" for each in bench.examples(measured)]
    report = write(path, found, f"python -m bench.eval --data FOLDER --fit {path}")
    for name, found_there in report["left_out"].items():
        print(" | ".join([name, *(f"{figure} {value}" for figure, value in found_there.items())]))
    return 0


def _trust(bench: Bench) -> tuple[list[list[str]], dict[str, float | None]]:
    """Rows about confidence and evidence over all field sets that were measured."""
    found = figures(bench.given, bench.placed)
    rows = []
    for name, (bound, _) in WANTED.items():
        value = found[name]
        shown = "not measured" if value is None else f"{value:.4f}"
        rows.append(["field sets together", name, shown, bound, f"{len(bench.given)} values", ""])
        print(" | ".join(rows[-1]), flush=True)
    return rows, found


def _rows(measured: Measured | Questions, result: dict[str, Any]) -> list[list[str]]:
    name = f"{measured.name} ({measured.scorer.removeprefix('score_')})"
    files = f"{result['files']} of {result['of']}"
    return [
        [name, figure, _shown(result["figures"].get(figure)), _bound(figure, wanted), files, str(result["seconds"])]
        for figure, wanted in measured.wanted.items()
    ]


def _flat(figures: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Figures within figures by the path of their names."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def _bound(figure: str, wanted: float) -> str:
    if not wanted:
        return "told only"
    return f"{'≤' if figure in LOWER_IS_BETTER else '≥'} {wanted:g}"


def _shown(figure: object) -> str:
    return "not measured" if figure is None else str(figure)


def _report(
    folder: Path, rows: list[list[str]], results: dict[str, Any], faults: list[str], *, sample: int | None
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    note = f"<p>A sample of at most {sample} files of each set.</p>" if sample else ""
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
    parts = [note, table(COLUMNS, [[escape(cell) for cell in row] for row in rows], words=2)]
    parts += [f"<h2>Not read</h2><ul>{listed}</ul>"] if faults else []
    (folder / "index.html").write_text(html_page("Evaluation on public sets", parts), encoding="utf-8")
    (folder / "sets.json").write_text(json.dumps({"sample": sample, "sets": results, "faults": faults}, indent=1))
    print(f"Report: {folder / 'index.html'}" + (f" (a sample of at most {sample} a set)" if sample else ""))


def _write(path: Path, lines: list[dict[str, Any]]) -> None:
    plain = [{key: value for key, value in line.items() if not key.startswith("_")} for line in lines]
    path.write_text("".join(json.dumps(line, default=str) + "\n" for line in plain), encoding="utf-8")


def _module(path: Path) -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
