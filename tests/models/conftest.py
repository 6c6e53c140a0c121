"""Tests that run in the environment of `make test-models` only, with torch and a tiny Llama 4 of random weights."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import tiny_llama4

# The tensors are tiny: threads that share them cost three times what they save. Set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny checkpoint."""
    folder = tmp_path_factory.mktemp("tiny-llama4")
    tiny_llama4.build(folder)
    return folder
