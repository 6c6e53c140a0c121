"""Text of scanned pages, as Sheaf has it recognized, against RapidOCR as it comes, both with one thread.

Both read the same generated scans (running text and tables at 150 dots an inch, grey paper, noise, a little askew) in
the same run, in turns; the figures are medians of the rounds. Since it is easy to be quick and read badly, the share
of the printed words that each found is told too.
"""

import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import rapidocr
from PIL import Image

from bench.read import seconds, write_tables, write_text
from pipeline.reading.layout.marks import Bitmap
from pipeline.reading.ocr import recognize
from pipeline.settings import Reading

Read = Callable[[Bitmap], Iterable[str]]

PAGES, QUICK_PAGES = 12, 4
ROUNDS, QUICK_ROUNDS = 3, 2
DOTS_PER_INCH = 150
ASKEW = 0.4
"""Degrees."""


def main(quick: bool) -> dict[str, float]:
    """Measure; quick is fewer pages and rounds."""
    pages, rounds = (QUICK_PAGES, QUICK_ROUNDS) if quick else (PAGES, ROUNDS)
    scans, printed = made(pages)
    stock = rapidocr.RapidOCR(params={"Global.log_level": "critical", **ONE_THREAD})
    readers: dict[str, Callable[[Bitmap], Iterable[str]]] = {
        "sheaf": ours,
        "rapidocr": lambda scan: theirs(stock, scan),
    }
    took: dict[str, list[float]] = {name: [] for name in readers}
    recall = {name: found(read, scans, printed) for name, read in readers.items()}  # loads the models too
    for number in range(rounds):
        for name, read in readers.items():
            took[name].append(sum(seconds(partial(read, scan)) for scan in scans))
        rates = ", ".join(f"{name} {pages / values[-1]:.2f}" for name, values in took.items())
        print(f"round {number + 1}: pages a second: {rates}", flush=True)
    middle = {name: statistics.median(values) for name, values in took.items()}
    return {
        "pages_per_s": round(pages / middle["sheaf"], 2),
        "rapidocr_pages_per_s": round(pages / middle["rapidocr"], 2),
        "ratio_to_rapidocr": round(middle["rapidocr"] / middle["sheaf"], 3),
        "words_found": round(recall["sheaf"], 3),
        "rapidocr_words_found": round(recall["rapidocr"], 3),
    }


ONE_THREAD = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}


def made(pages: int) -> tuple[list[Bitmap], list[list[str]]]:
    """Scans, and the words printed on each."""
    noise = np.random.default_rng(4)
    scans, printed = [], []
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        for write in (write_text, write_tables):
            file = Path(folder, f"{write.__name__}.pdf")
            write(file, pages // 2)
            with pymupdf.open(file) as document:
                for page in document:
                    scans.append(scan(page, noise))
                    printed.append([word[4] for word in page.get_text("words")])
    return scans, printed


def scan(page: Any, noise: np.random.Generator) -> Bitmap:  # noqa: ANN401 - PyMuPDF is not typed
    """The page as a scanner gives it: RGB, (height, width, 3), bytes."""
    pixmap = page.get_pixmap(dpi=DOTS_PER_INCH, colorspace=pymupdf.csGRAY)
    sheet = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    turned = np.asarray(sheet.rotate(ASKEW, Image.Resampling.BICUBIC, fillcolor=255), np.float64)
    grey = np.clip(turned * 0.85 + 20 + noise.normal(0, 8, turned.shape), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def ours(scan: Bitmap) -> list[str]:
    """Words, with Sheaf's settings."""
    return list(recognize(scan, Reading().ocr_side_px).text)


def theirs(stock: Any, scan: Bitmap) -> list[str]:  # noqa: ANN401 - RapidOCR is not typed
    """Words, with RapidOCR's own settings but for its threads."""
    return [word for line in stock(scan).txts or () for word in line.split()]


def found(read: Read, scans: list[Bitmap], printed: list[list[str]]) -> float:
    """Share of the printed words that were read letter for letter, as often as they stand there."""
    right = sum(
        sum((Counter(read(scan)) & Counter(words)).values()) for scan, words in zip(scans, printed, strict=True)
    )
    return right / sum(map(len, printed))
