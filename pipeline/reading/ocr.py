"""The one place that talks to RapidOCR: a bitmap → words with boxes and confidence.

Text is found on a small copy of the bitmap and read from a large one: finding costs in proportion to the pixels,
while every line is brought to the same height for reading anyway. The models are files of the package; nothing is
ever downloaded, and with one thread no thread exists, so that a loaded engine survives a fork.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ParserCrashed
from pipeline.reading.layout.frame import turned
from pipeline.reading.layout.marks import Bitmap, Bools, Floats, Marks

READ_SIDE = 2
"""The bitmap to read from is this much larger than the one text is found on, where it has the pixels."""
_SMALL_TYPE = 13.0
"""Lines lower than this (pixels) where text was found: found again on a larger copy."""
_LONGEST_SHAPE = 3
"""Pages longer than this many times their width get white margins."""
_SMALLEST = 8
"""Bitmaps lower or narrower than this (pixels) hold no text."""
_LOWEST = 3.0
_LONGEST_LINE = 120.0
_LEAST_SCORE = 0.5
_DOUBTFUL = 0.75
"""A page read with a mean score below this may stand on its head."""
_BETTER = 0.05
_FAR = 6
"""Columns of the reader (eight pixels of a line 48 high): characters further apart belong to two words."""
_TALL = 1.5
"""Crops this much higher than wide are turned by the engine before they are read."""
# A letter O where an amount can only have a nought: "RMO.50", "1.O0". Not in "NO.12", which is a number of something.
_CURRENCY = "RM|MYR|USD|EUR|GBP|CHF|SGD|AUD|CAD|INR|[$€£¥₹]"
_NOUGHT = re.compile(
    rf"(?<![A-Za-z])(?:{_CURRENCY})?[-+(]?\d*O(?=[.,]\d\d(?!\d))|(?<=\d[.,])O(?=\d\b)|(?<=\d[.,]\d)O\b|(?<=\d[.,])OO\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lines:
    """What was read, line by line: corners (top left, top right, bottom right, bottom left) in pixels."""

    quads: Floats
    texts: Sequence[str]
    scores: Sequence[float]
    places: Sequence[Any]
    """RapidOCR's `WordInfo`: in which column of the line each character was seen, and its score."""

    def score(self) -> float:
        """Mean over characters; 0 where nothing was read."""
        lengths = [len(text) for text in self.texts]
        return float(np.average(self.scores, weights=lengths)) if sum(lengths) else 0.0


def engine_version() -> str:
    """The version of RapidOCR."""
    return version("rapidocr")


@cache
def _engine() -> Any:  # noqa: ANN401 - RapidOCR is not typed
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    paths = {part: next(models.glob(f"*_{part.lower()}_*.onnx"), None) for part in ("Det", "Rec")}
    if None in paths.values():
        raise ParserCrashed("the OCR models are missing from their package")
    options = {
        "Global.use_cls": False,
        "Global.return_word_box": True,
        "Global.log_level": "critical",
        # Smaller pages are enlarged less and short lines padded less than by default: a third faster, read as well.
        "Det.limit_side_len": 480,
        "Rec.rec_img_shape": [3, 48, 96],
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        **{f"{part}.model_path": str(path) for part, path in paths.items()},
    }
    return rapidocr.RapidOCR(params=options)


def preload() -> None:
    """Load the models now, so that children forked later have them."""
    page = np.full((96, 320, 3), 255, np.uint8)
    page[40:56, 40:280:12] = 0
    engine = _engine()
    engine(page)
    engine.recognize_txt([page])


def errors() -> list[type[Exception]]:
    """What RapidOCR and what it stands on raise on purpose."""
    import cv2
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError
    from rapidocr.main import RapidOCRError

    return [RapidOCRError, ONNXRuntimeError, cv2.error]


def recognize(bitmap: Bitmap, side_px: int) -> Marks:
    """Words of a page in the bitmap's pixels; a page that lies on its side or head is read all the same.

    `side_px` is the longer side of the copy on which text is found; smaller bitmaps are left as they are.

    Raises:
        ParserCrashed: the engine failed.
    """
    height, width = bitmap.shape[:2]
    if min(height, width) < _SMALLEST:
        return Marks(width=float(width), height=float(height))
    engine = _engine()
    try:
        lines, turn = _upright(engine, bitmap, side_px)
    except tuple(errors()) as error:
        raise ParserCrashed("The text on the page could not be recognized.") from error
    return _marks(lines, turn, width, height)


def _upright(engine: Any, bitmap: Bitmap, side_px: int) -> tuple[_Lines, int]:  # noqa: ANN401 - RapidOCR is not typed
    """The lines, and the quarter turns clockwise after which they were read."""
    quads = _find(engine, bitmap, side_px)
    turn = 1 if _mostly_tall(quads) else 0
    if turn:
        bitmap = _turned(bitmap, turn)
        quads = _find(engine, bitmap, side_px)
    lines = _read(engine, bitmap, quads)
    if lines.texts and lines.score() < _DOUBTFUL:
        other = _turned(bitmap, 2)
        again = _read(engine, other, _find(engine, other, side_px))
        if again.score() > lines.score() + _BETTER:
            return again, turn + 2
    return lines, turn


def _turned(bitmap: Bitmap, quarters: int) -> Bitmap:
    """Turned clockwise."""
    return np.ascontiguousarray(np.rot90(bitmap, -quarters)) if quarters else bitmap


def _find(engine: Any, bitmap: Bitmap, side_px: int) -> Floats:  # noqa: ANN401 - RapidOCR is not typed
    """Corners of the text lines."""
    quads, scale = _find_at(engine, bitmap, min(1.0, side_px / max(bitmap.shape[:2])))
    heights = _heights(quads)
    if len(heights) and scale < 1 and (low := float(np.median(heights)) * scale) < _SMALL_TYPE:
        quads, _ = _find_at(engine, bitmap, min(1.0, scale * min(READ_SIDE, 1.5 * _SMALL_TYPE / low)))
    return quads


def _find_at(engine: Any, bitmap: Bitmap, scale: float) -> tuple[Floats, float]:  # noqa: ANN401 - not typed
    import cv2

    small = cv2.resize(bitmap, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else bitmap
    # The engine enlarges a page until its shorter side has 480 pixels, so a long strip would grow beyond measure.
    height, width = small.shape[:2]
    wanted = max(height, width) // _LONGEST_SHAPE
    margins = max(0, wanted - height), max(0, wanted - width)
    if any(margins):
        white = (255, 255, 255)
        small = cv2.copyMakeBorder(small, 0, margins[0], 0, margins[1], cv2.BORDER_CONSTANT, value=white)
    found = engine._load_det_model()(np.ascontiguousarray(small[:, :, ::-1]))  # noqa: SLF001 - no public way
    if found.boxes is None or not len(found.boxes):
        return np.empty((0, 4, 2)), scale
    return np.asarray(found.boxes, np.float64) / scale, scale


def _heights(quads: Floats) -> Floats:
    heights: Floats = np.linalg.norm(quads[:, 0] - quads[:, 3], axis=1)
    return heights


def _mostly_tall(quads: Floats) -> bool:
    wide = np.linalg.norm(quads[:, 0] - quads[:, 1], axis=1)
    high = _heights(quads)
    tall = high > _TALL * wide
    return float(high[tall].sum()) > float(wide[~tall].sum())


def _read(engine: Any, bitmap: Bitmap, quads: Floats) -> _Lines:  # noqa: ANN401 - RapidOCR is not typed
    quads = quads[_readable(quads)]
    if not len(quads):
        return _Lines(quads=quads, texts=(), scores=(), places=())
    crops = engine.crop_text_regions(np.ascontiguousarray(bitmap[:, :, ::-1]), quads.astype(np.float32))
    read = engine.recognize_txt(crops)
    kept = [
        number
        for number, (text, score) in enumerate(zip(read.txts, read.scores, strict=True))
        if text.strip() and score >= _LEAST_SCORE
    ]
    return _Lines(
        quads=quads[kept],
        texts=[with_noughts(read.txts[number]) for number in kept],
        scores=[float(read.scores[number]) for number in kept],
        places=[read.word_results[number] for number in kept],
    )


def with_noughts(text: str) -> str:
    """A text of the same length with noughts in amounts where a letter O was read."""
    return _NOUGHT.sub(lambda found: found[0].replace("O", "0"), text) if "O" in text else text


def _readable(quads: Floats) -> Bools:
    """Whether what was found has the shape of a line: the reader's memory grows with the length in heights."""
    wide, high = np.linalg.norm(quads[:, 0] - quads[:, 1], axis=1), _heights(quads)
    short, long = np.minimum(wide, high), np.maximum(wide, high)
    readable: Bools = (short >= _LOWEST) & (long <= _LONGEST_LINE * short)
    return readable


def _words(text: str, place: Any) -> Iterator[tuple[str, float, float, float]]:  # noqa: ANN401 - RapidOCR is not typed
    """Each word of a line: text, where it begins and ends as shares of the line, confidence.

    Words are parted by spaces, and where the characters stand much further apart than elsewhere in the line.
    """
    columns = [column for word in place.word_cols for column in word]
    seen = [(character, score) for character, score in zip(text, place.confs, strict=False) if not character.isspace()]
    steps = sorted(after - before for before, after in pairwise(columns))
    pitch = float(steps[len(steps) // 2]) if steps else 2.0
    half = max(0.5, 0.5 * min(pitch, 4.0))
    total = max(float(place.line_txt_len), columns[-1] + 1.0)
    for start, stop in _runs(text, columns, pitch):
        characters, scores = zip(*seen[start:stop], strict=True)
        begin = max(0.0, (columns[start] + 0.5 - half) / total)
        end = min(1.0, (columns[stop - 1] + 0.5 + half) / total)
        yield "".join(characters), begin, max(end, begin + 0.5 / total), sum(scores) / len(scores)


def _runs(text: str, columns: Sequence[int], pitch: float) -> Iterator[tuple[int, int]]:
    """Which of the characters that are no spaces make a word."""
    start = number = 0
    after_space = False
    for character in text:
        if character.isspace():
            after_space = True
            continue
        gap = number > 0 and columns[number] - columns[number - 1] > max(_FAR, 3 * pitch)
        if number > start and (after_space or gap):
            yield start, number
            start = number
        after_space = False
        number += 1
    yield start, number


def _word_box(quad: Floats, begin: float, end: float) -> tuple[float, float, float, float]:
    """The box of a part of a line; the engine reads tall lines from the top."""
    wide, high = np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[0] - quad[3])
    if high >= _TALL * wide:
        quad = quad[[1, 2, 3, 0]]
    upper, lower = quad[1] - quad[0], quad[2] - quad[3]
    corners = np.array([quad[0] + begin * upper, quad[0] + end * upper, quad[3] + begin * lower, quad[3] + end * lower])
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    return x0, y0, x1, y1


def _marks(lines: _Lines, turn: int, width: int, height: int) -> Marks:
    """Lines of a turned bitmap as words of the bitmap as it was."""
    text: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    line: list[int] = []
    confidence: list[float] = []
    for number, (words, quad, place) in enumerate(zip(lines.texts, lines.quads, lines.places, strict=True)):
        for word, begin, end, score in _words(words, place):
            text.append(word)
            boxes.append(_word_box(quad, begin, end))
            line.append(number)
            confidence.append(score)
    empty = Marks(width=float(width), height=float(height), turn=turn)
    if not text:
        return empty
    array = np.array(boxes)
    return replace(
        empty,
        text=text,
        boxes=turned(array, (4 - turn) % 4, *((height, width) if turn % 2 else (width, height))),
        line=np.array(line),
        size=array[:, 3] - array[:, 1],
        bold=np.zeros(len(text), np.bool_),
        confidence=np.array(confidence),
        skew=_skew(lines.quads),
    )


def _skew(quads: Floats) -> float:
    """Median slope of the long lines."""
    along = quads[:, 1] - quads[:, 0]
    long = along[:, 0] > 5 * _heights(quads)
    return float(np.median(along[long, 1] / along[long, 0])) if long.sum() >= 3 else 0.0
