"""The embedding model's graph, built once for all tests: a service whose data folder has it starts seconds sooner."""

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

from pipeline.models.minilm import MiniLM


@functools.cache
def _built() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sheaf-graph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    MiniLM(folder)
    (graph,) = folder.iterdir()
    return graph


def lend_graph(data_dir: Path) -> None:
    """Put the graph where a service of that data folder looks for its own."""
    folder = data_dir / "models"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _built().name
    if place.exists():
        return
    try:
        os.link(_built(), place)
    except OSError:  # on another disk
        shutil.copyfile(_built(), place)
