"""What the zygote loads before it forks, so that a child finds it in memory."""

import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

MODULES = (
    *("numpy", "PIL.Image", "cv2", "onnxruntime", "pymupdf", "lxml.etree", "orjson"),
    "pipeline.reading.task",
    "pipeline.reading.conversion",
    "pipeline.reading.audio.task",
    "pipeline.models.pocketsphinx",
    "pipeline.extraction.task",
    "pipeline.prompting.task",
    "pipeline.summarizing.task",
    "pipeline.reading.child.probes",
)
"""Libraries, and the modules of tasks, which may have a function `preload()`."""

LEFT_OUT = ("pymupdf.layout",)
"""Imported by `pymupdf` where it is installed, and opens ONNX sessions that start threads as it is imported."""


def preload(modules: Sequence[str]) -> None:
    """Import these modules, and call `preload()` of each that has one.

    One that cannot be loaded is logged and left for the child that needs it to fail on.
    """
    for name in LEFT_OUT:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is how Python is told not to import it
    for name in modules:
        _load(name)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)
    for name in modules:
        _warm(name)


def _load(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - any failure costs the same: the child imports it again, and reports
        log.log(_level(name, error), "%s is not loaded: %s", name, error)


def _level(name: str, error: Exception) -> int:
    """A library that is not installed is no news."""
    return logging.DEBUG if isinstance(error, ModuleNotFoundError) and error.name == name else logging.WARNING


def _warm(name: str) -> None:
    warm = getattr(sys.modules.get(name), "preload", None)
    if warm is None:
        return
    try:
        warm()
    except Exception:
        log.exception("%s.preload() failed; each child does the work again", name)


def threads() -> list[str]:
    """The names of this process's threads, native ones too, where the system tells: one where forking is safe."""
    tasks = Path("/proc/self/task")
    names = (Path(task, "comm") for task in tasks.iterdir()) if tasks.exists() else ()
    return [name.read_text(encoding="utf-8", errors="replace").strip() for name in names]
