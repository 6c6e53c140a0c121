"""How places of the index are opened and dropped."""

import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import SettingsError, StoreError, VectorsUnavailable
from pipeline.models.hashing import HashingEmbedder
from pipeline.settings import Settings
from pipeline.stores.records.database import Database
from pipeline.tracing.spans import NO_TRACER
from workers.bootstrap.openings import Openings
from workers.bootstrap.process import open_generations
from workers.bootstrap.stores import open_blobs


@pytest.mark.parametrize("touch", [Openings.open, Openings.open_pages, Openings.drop])
def test_a_server_of_vectors_whose_extra_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, touch: Callable[[Openings, str, int], object]
) -> None:
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    settings = Settings(vectors={"kind": "qdrant", "url": "http://qdrant:6333"})  # type: ignore[arg-type]  # as a file says it
    with pytest.raises(SettingsError, match=r"vectors\.kind: .*qdrant_client is not installed; .* the extra qdrant"):
        touch(Openings(settings, NO_TRACER), "place", 4)


@pytest.mark.parametrize("chosen", [{"path": "FILE"}, {"kind": "qdrant", "url": "http://127.0.0.1:1"}])
def test_an_index_that_cannot_be_opened_at_the_start_names_its_setting(chosen: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    if "path" in chosen:
        chosen = {"path": str(tmp_path / "file")}
    settings = Settings(data_dir=tmp_path, vectors={"kind": "edge", **chosen})  # type: ignore[arg-type]  # as a file says it
    (name, value) = list(chosen.items())[-1]
    with closing(Database(f"sqlite:///{tmp_path / 'sheaf.db'}")) as database:
        database.migrate()
        with pytest.raises(VectorsUnavailable, match=rf"^vectors\.{name} {re.escape(value)}: "):
            open_generations(settings, database, HashingEmbedder(), NO_TRACER)


def test_a_folder_of_blobs_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path, blobs={"kind": "folder", "path": tmp_path / "file"})  # type: ignore[arg-type]  # as a file says it
    with pytest.raises(StoreError, match=r"^blobs\.path .*/file: "):
        open_blobs(settings)
