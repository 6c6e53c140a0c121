"""Which files a command means: what the service would take from the same folder, and what is named."""

import json
from pathlib import Path

import pytest

from api.cli.exits import CliError
from api.cli.files import find, schema_argument, sha256
from pipeline.intake.folders import find_files

NAMES = ("b.txt", "a.txt", "sub/c.pdf", "sub/scan [1].pdf", "sub/deep/d.pdf", ".hidden", "sub/.git/e.txt", "f.tmp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    return tmp_path


@pytest.mark.parametrize("pattern", ["**/*", "*", "*.txt", "sub/*", "**/*.pdf", "sub/**", "sub/scan [1].pdf", "none*"])
def test_a_folder_holds_for_the_command_what_it_holds_for_a_batch(folder: Path, pattern: str) -> None:
    assert find([folder], pattern) == [folder / file.path for file in find_files(folder, pattern)]


def test_everything_in_a_folder_is_what_is_no_link_and_not_ignored(folder: Path) -> None:
    found = [path.relative_to(folder).as_posix() for path in find([folder], "**/*")]
    assert found == ["a.txt", "b.txt", "sub/c.pdf", "sub/scan [1].pdf", "sub/deep/d.pdf"]


def test_what_is_named_is_taken_once_and_whatever_it_is_called(folder: Path) -> None:
    named = [folder / ".hidden", folder / "a.txt", folder, folder / "a.txt"]
    found = find(named, "*.txt")
    assert found == [folder / ".hidden", folder / "a.txt", folder / "b.txt"]


@pytest.mark.parametrize("pattern", ["", "/etc/*", "../*", "a/../../*"])
def test_a_pattern_that_leads_out_of_the_folder_is_refused(folder: Path, pattern: str) -> None:
    with pytest.raises(CliError, match="not a pattern"):
        find([folder], pattern)


def test_a_path_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(CliError, match="no file"):
        find([folder / "nothing"], "**/*")


def test_a_hash_is_that_of_the_content(folder: Path) -> None:
    (folder / "empty").touch()
    assert sha256(folder / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (folder / "copy").write_bytes((folder / "a.txt").read_bytes())
    assert sha256(folder / "copy") == sha256(folder / "a.txt") != sha256(folder / "b.txt")


@pytest.mark.parametrize("name", [None, "invoice", "invoice@2", '{"type": "object"}'])
def test_a_schema_that_is_no_file_is_sent_as_it_is(name: str | None) -> None:
    assert schema_argument(name) == name


def test_a_schema_file_is_sent_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"type": "object", "maximum": 1.10}')
    assert schema_argument(str(path)) == '{"type": "object", "maximum": 1.10}'


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', json.dumps(None)])
def test_a_schema_file_that_holds_no_object_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(CliError, match="schema file"):
        schema_argument(str(path))
