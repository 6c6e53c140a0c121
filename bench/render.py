"""Pages as a model sees them (a child process, laid on a canvas 1344 px high, JPEG) against PDFium in this process.

Both render the same generated PDF in the same run, in turns, to the same height and quality of JPEG; the figures are
medians of the rounds. PDFium is `pypdfium2` of the extra `dev`.
"""

import io
import statistics
import tempfile
from functools import partial
from pathlib import Path

import pypdfium2

from bench.read import seconds, write_tables, write_text
from pipeline.models.llama4 import TILE_PX, Canvas
from pipeline.prompting.pictures import render
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.image.canvas import QUALITY
from pipeline.settings import Reading
from pipeline.settings import Sandbox as SandboxSettings

PAGES, QUICK_PAGES = 64, 16
ROUNDS, QUICK_ROUNDS = 5, 3
CANVAS: Canvas = (4, 3)
"""Upright paper at 1344 px."""


def main(quick: bool) -> dict[str, float]:
    """Measure; quick is fewer pages and rounds."""
    pages, rounds = (QUICK_PAGES, QUICK_ROUNDS) if quick else (PAGES, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        files = [Path(folder, "text.pdf"), Path(folder, "tables.pdf")]
        write_text(files[0], pages // 2)
        write_tables(files[1], pages // 2)
        sandbox = Sandbox(SandboxSettings())
        sandbox.start()
        try:
            return measure(sandbox, files, pages, rounds)
        finally:
            sandbox.close()


def measure(sandbox: Sandbox, files: list[Path], pages: int, rounds: int) -> dict[str, float]:
    """One of each in turn, round by round; the first of ours, which waits for libraries to load, is not counted."""
    ours, theirs = [], []
    for file in files:
        as_canvases(sandbox, file, pages // 2)
    for number in range(rounds):
        ours.append(sum(seconds(partial(as_canvases, sandbox, file, pages // 2)) for file in files))
        theirs.append(sum(seconds(partial(with_pdfium, file)) for file in files))
        print(f"round {number + 1}: {pages / ours[-1]:.1f} and {pages / theirs[-1]:.1f} pages a second", flush=True)
    middle = statistics.median
    return {
        "pages_per_s": round(pages / middle(ours), 1),
        "pdfium_pages_per_s": round(pages / middle(theirs), 1),
        "ratio_to_pdfium": round(middle(theirs) / middle(ours), 3),
    }


def as_canvases(sandbox: Sandbox, file: Path, pages: int) -> None:
    """What a request to a model costs in pictures."""
    with file.open("rb") as source:
        render(sandbox, source, "application/pdf", Reading(), dict.fromkeys(range(1, pages + 1), CANVAS))


def with_pdfium(file: Path) -> None:
    """The bare loop: no child, no canvas."""
    document = pypdfium2.PdfDocument(file)
    try:
        for page in document:
            bitmap = page.render(scale=CANVAS[0] * TILE_PX / page.get_height(), rev_byteorder=True)
            bitmap.to_pil().convert("RGB").save(io.BytesIO(), "JPEG", quality=QUALITY, subsampling=0)
            page.close()
    finally:
        document.close()
