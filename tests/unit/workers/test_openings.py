"""How places of the index are opened and dropped."""

import sys
from collections.abc import Callable

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from pipeline.tracing.spans import NO_TRACER
from workers.bootstrap.openings import Openings


@pytest.mark.parametrize("touch", [Openings.open, Openings.open_pages, Openings.drop])
def test_a_server_of_vectors_whose_extra_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, touch: Callable[[Openings, str, int], object]
) -> None:
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    settings = Settings(vectors={"kind": "qdrant", "url": "http://qdrant:6333"})  # type: ignore[arg-type]  # as a file says it
    with pytest.raises(SettingsError, match=r"vectors\.kind: .*qdrant_client is not installed; .* the extra qdrant"):
        touch(Openings(settings, NO_TRACER), "place", 4)
