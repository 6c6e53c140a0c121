"""Hostile files made by us: no malware, only files that ask for too much, lie, or are broken."""

from collections.abc import Iterator

from bench.hostile_files.archives import archives
from bench.hostile_files.images import images
from bench.hostile_files.made import HostileFile
from bench.hostile_files.pdfs import pdfs
from bench.hostile_files.sounds import sounds
from bench.hostile_files.texts import texts

__all__ = ["HostileFile", "hostile_files"]


def hostile_files() -> Iterator[HostileFile]:
    """All of them, family by family."""
    yield from pdfs()
    yield from images()
    yield from archives()
    yield from sounds()
    yield from texts()
