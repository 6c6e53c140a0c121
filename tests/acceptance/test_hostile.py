"""Hostile files through a real service."""

from bench.hostile import main
from bench.hostile_files import hostile_files

SOME = {"page-loop.pdf", "double-flate.pdf", "encrypted.pdf", "bomb.png", "lying.jpg", "entities.docx", "bomb.docx",
        "lying.wav", "charset.html", "nested.eml", "nul.txt", "empty.pdf"}  # fmt: skip


def test_every_hostile_upload_ends_and_the_service_stays_up(tmp_path):
    for file in hostile_files():
        if file.name in SOME:
            (tmp_path / file.name).write_bytes(file.data)
    figures = main(quick=True, folder=tmp_path)
    assert figures["files"] == figures["terminal"] == len(SOME)
    assert figures["service_exits"] == 0
    assert figures["worst_seconds"] < 90
    assert figures["service_growth_mb"] < 200
