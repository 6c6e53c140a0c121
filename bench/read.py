"""The read stage (child process, words, blocks, reading order, validated answer) against MuPDF's bare words.

Both read the same generated text PDF in the same run, in turns; the figures are medians of the rounds.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pymupdf

from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Reading
from pipeline.settings import Sandbox as SandboxSettings

PAGES = 500
TABLE_PAGES = 40
ROUNDS = 5


def main(quick: bool) -> dict[str, float]:
    """Measure; quick is fewer pages and rounds."""
    pages, rounds = (100, 3) if quick else (PAGES, ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        text, tables = Path(folder, "text.pdf"), Path(folder, "tables.pdf")
        write_text(text, pages)
        write_tables(tables, TABLE_PAGES)
        sandbox = Sandbox(SandboxSettings())
        sandbox.start()
        try:
            reader = Reader(sandbox, None, Reading())
            read(reader, tables)  # the first child waits for the libraries to load
            return measure(reader, text, tables, pages, rounds)
        finally:
            sandbox.close()


def measure(reader: Reader, text: Path, tables: Path, pages: int, rounds: int) -> dict[str, float]:
    """One of each kind in turn, round by round."""
    bare, alone, both, ruled = [], [], [], []
    for number in range(rounds):
        bare.append(seconds(lambda: bare_words(text)))
        alone.append(seconds(lambda: read(reader, text)))
        both.append(seconds(lambda: read_twice(reader, text)))
        ruled.append(seconds(lambda: read(reader, tables)))
        rates = (
            f"bare {pages / bare[-1]:.0f}, read stage {pages / alone[-1]:.0f}, two at once {2 * pages / both[-1]:.0f}"
        )
        print(f"round {number + 1}: pages a second: {rates}", flush=True)
    middle = statistics.median
    return {
        "ratio_to_pymupdf": round(middle(bare) / middle(alone), 3),
        "scaling_2": round(2 * middle(alone) / middle(both), 2),
        "tables_ms_per_page": round(1000 * middle(ruled) / TABLE_PAGES, 1),
        "pages_per_s": round(pages / middle(alone), 1),
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def bare_words(path: Path) -> None:
    """What the read stage is measured against."""
    with pymupdf.open(path) as document:
        for page in document:
            page.get_text("words")


def read(reader: Reader, path: Path) -> None:
    """Read one file through the read stage."""
    with path.open("rb") as source:
        reader.read(source, name=path.name, media_type="application/pdf")


def read_twice(reader: Reader, path: Path) -> None:
    """Read the file in two children at once."""
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(read, reader, path) for _ in range(2)]:
            done.result()


def write_text(path: Path, pages: int) -> None:
    """Pages of running text under headings, some 550 words each."""
    choose = random.Random(1)
    vocabulary = ["".join(choose.choices("abcdefghijklmnopqrstuvwxyz", k=choose.randint(2, 10))) for _ in range(3_000)]
    document = pymupdf.open()
    for number in range(pages):
        page = document.new_page(width=595, height=842)
        page.insert_text((72, 72), f"Chapter {number + 1}", fontsize=16, fontname="hebo")
        y, left_in_paragraph = 102, 0
        while y < 770:
            if not left_in_paragraph:
                left_in_paragraph, y = choose.randint(4, 9), y + 10
            page.insert_text((72, y), " ".join(choose.choices(vocabulary, k=11)), fontsize=10)
            left_in_paragraph, y = left_in_paragraph - 1, y + 12
        page.insert_text((290, 810), str(number + 1), fontsize=9)
    document.save(path, deflate=True, garbage=3)


def write_tables(path: Path, pages: int) -> None:
    """Pages with a table of forty rows and five columns, every second one with rules."""
    choose = random.Random(2)
    document = pymupdf.open()
    for number in range(pages):
        page = document.new_page(width=595, height=842)
        for row in range(40):
            y = 80 + 16 * row
            texts = ["Item", "Quantity", "Unit", "Price", "Amount"]
            if row:
                amounts = [f"{choose.uniform(1, 900):.2f}" for _ in range(2)]
                texts = [f"Article {choose.randint(100, 999)}", str(choose.randint(1, 9)), "piece", *amounts]
            for column, cell in enumerate(texts):
                page.insert_text((60 + 100 * column, y), cell, fontsize=9)
            if number % 2:
                page.draw_line((55, y + 4), (555, y + 4))
        if number % 2:
            for column in range(6):
                page.draw_line((55 + 100 * column, 68), (55 + 100 * column, 80 + 16 * 39 + 4))
    document.save(path, deflate=True, garbage=3)
