import hashlib
from pathlib import Path

from tests.support import tiny_llama4


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_files_under_two_megabytes(checkpoint: Path, tmp_path: Path) -> None:
    tiny_llama4.build(tmp_path)
    assert hashes(tmp_path) == hashes(checkpoint)
    assert sum(path.stat().st_size for path in checkpoint.iterdir()) < 2_000_000
