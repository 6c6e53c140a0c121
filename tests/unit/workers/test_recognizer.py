"""Which recognizer of speech a process has."""

from pathlib import Path

import pytest

from pipeline.model_settings import MoonshineTranscriber, NoTranscriber, PocketSphinxTranscriber
from pipeline.models import moonshine_weights
from pipeline.settings import Settings
from workers.recognizer import recognizer


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moonshine_weights, "PACKAGE", "no_such_package")


def test_the_default_is_taken_where_it_is_installed(tmp_path: Path) -> None:
    found = recognizer(Settings(data_dir=tmp_path))
    assert (found.chosen, found.lacking) == (MoonshineTranscriber(), None)


@pytest.mark.usefixtures("absent")
def test_another_stands_in_for_a_default_that_is_not_installed_and_says_what_is_missing(tmp_path: Path) -> None:
    found = recognizer(Settings(data_dir=tmp_path))
    assert found.chosen == PocketSphinxTranscriber()
    assert "pip install --no-deps moonshine-voice==" in (found.lacking or "")


def test_a_version_without_the_model_is_no_recognizer_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moonshine_weights, "PACKAGE", "json")
    assert recognizer(Settings(data_dir=tmp_path)).chosen == PocketSphinxTranscriber()


@pytest.mark.usefixtures("absent")
@pytest.mark.parametrize("asked", [PocketSphinxTranscriber(), NoTranscriber()])
def test_others_are_what_was_asked_for(tmp_path: Path, asked: PocketSphinxTranscriber | NoTranscriber) -> None:
    found = recognizer(Settings(data_dir=tmp_path, transcriber=asked))
    assert (found.chosen, found.lacking) == (asked, None)
