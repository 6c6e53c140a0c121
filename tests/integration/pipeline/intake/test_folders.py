"""Folders as people and enemies leave them: links, pipes, odd names, files that come and go."""

import logging
import os
import socket
import time
from pathlib import Path

import pytest

from pipeline.errors import DamagedFile, ForbiddenPath, InvalidRequest, LimitExceeded
from pipeline.intake.folders import find_files, open_file, resolve_source, unreadable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "root"
    for path in ("a.txt", "b.pdf", "sub/c.txt", "sub/deep/d.txt", "sub/deep/scan [1].pdf", "zoo/e.PDF"):
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return top


def found(folder: Path, pattern: str = "**/*", **options: object) -> list[str]:
    return [file.path for file in find_files(folder, pattern, **options)]  # type: ignore[arg-type]  # as given


ALL = ["a.txt", "b.pdf", "sub/c.txt", "sub/deep/d.txt", "sub/deep/scan [1].pdf", "zoo/e.PDF"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("**/*", ALL),
        ("**", ALL),
        ("*", ["a.txt", "b.pdf"]),
        ("*.txt", ["a.txt"]),
        ("./*.txt", ["a.txt"]),
        ("**/*.txt", ["a.txt", "sub/c.txt", "sub/deep/d.txt"]),
        ("**.txt", ["a.txt", "sub/c.txt", "sub/deep/d.txt"]),
        ("sub/**", ["sub/c.txt", "sub/deep/d.txt", "sub/deep/scan [1].pdf"]),
        ("sub/**/d.txt", ["sub/deep/d.txt"]),
        ("**/deep/**/*.pdf", ["sub/deep/scan [1].pdf"]),
        ("**/scan [1].pdf", ["sub/deep/scan [1].pdf"]),
        ("?.???", ["a.txt", "b.pdf"]),
        ("sub/*", ["sub/c.txt"]),
        ("a.txt/**", []),
        ("sub", []),
        ("../**", []),
        ("/etc/*", []),
        ("", []),
    ],
)
def test_patterns_choose_by_the_whole_path(folder: Path, pattern: str, expected: list[str]) -> None:
    assert found(folder, pattern) == expected


def test_no_pattern_takes_long(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a" * 40] * 20)
    deep.mkdir(parents=True)
    (deep / ("a" * 200)).write_text("x")
    started = time.monotonic()
    assert found(tmp_path, "*a" * 120 + "b") == []
    assert found(tmp_path, "**/" * 80 + "b") == []
    assert found(tmp_path, "**/*a*a*a*a*a*a*a*a*/" * 10 + "b") == []
    assert time.monotonic() - started < 30, "a pattern that is tried in all ways takes for ever"


def test_ignored_names_are_left_out_and_ignored_folders_not_entered(folder: Path) -> None:
    for name in (".hidden", "~$b.docx", "half.part", "sub/Thumbs.db", ".git/config"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    assert found(folder) == ALL
    left = [".hidden", "b.pdf", "half.part", "~$b.docx", ".git/config", "zoo/e.PDF"]
    assert found(folder, ignore=["s*", "*.txt"]) == left


def test_links_pipes_and_sockets_are_neither_listed_nor_opened(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f.txt").write_text("secret")
    (folder / "link.txt").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "circle").symlink_to(folder)
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        assert found(folder) == ALL
        for path in ("link.txt", "linked/f.txt", "circle/a.txt", "dangling", "pipe", "socket", "sub", "a.txt/x"):
            with pytest.raises(ForbiddenPath) as caught:
                open_file(folder, path)
            assert caught.value.facts["path"] == path


def test_a_file_that_was_replaced_by_a_link_after_it_was_listed_is_refused(folder: Path, tmp_path: Path) -> None:
    listed = list(find_files(folder, "sub/**"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c.txt").write_text("secret")
    (folder / "sub").rename(tmp_path / "moved")
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForbiddenPath):
        open_file(folder, listed[0].path)


def test_an_opened_file_is_the_one_that_was_found(folder: Path) -> None:
    (file,) = find_files(folder, "sub/c.txt")
    with open_file(folder, file.path) as source:
        assert source.read() == b"sub/c.txt"
        status = os.fstat(source.fileno())
    assert (file.size, file.modified_ns) == (status.st_size, status.st_mtime_ns)


def test_files_and_folders_that_vanish_meanwhile_are_left_out(folder: Path) -> None:
    walk = find_files(folder)
    assert next(walk).path == "a.txt"
    (folder / "b.pdf").unlink()
    for path in (folder / "sub" / "deep").iterdir():
        path.unlink()
    (folder / "sub" / "deep").rmdir()
    assert [file.path for file in walk] == ["sub/c.txt", "zoo/e.PDF"]
    with pytest.raises(FileNotFoundError):
        open_file(folder, "b.pdf")


def test_a_folder_that_is_not_there_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        found(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "a.txt").chmod(0)
    (folder / "sub").chmod(0)
    with caplog.at_level(logging.WARNING):
        assert found(folder) == ["a.txt", "b.pdf", "zoo/e.PDF"]
    (folder / "sub").chmod(0o755)
    assert "left out" in caplog.text
    with pytest.raises(ForbiddenPath, match="may not be read"):
        open_file(folder, "a.txt")


def test_more_files_than_the_limit_are_refused(folder: Path) -> None:
    assert len(found(folder, limit=6)) == 6
    with pytest.raises(LimitExceeded) as caught:
        found(folder, limit=5)
    assert caught.value.facts["limit"] == 5


def test_names_that_are_no_text_are_listed_readably_and_refused_by_name(folder: Path) -> None:
    os.close(os.open(os.fsencode(folder) + b"/caf\xe9.txt", os.O_CREAT | os.O_WRONLY))
    (folder / "Straße 東京\n.txt").write_text("x")
    (folder / "\N{REPLACEMENT CHARACTER}.txt").write_text("its true name")
    names = found(folder, "*.txt")
    assert set(names) == {
        "a.txt",
        "caf\N{REPLACEMENT CHARACTER}.txt",
        "Straße 東京\n.txt",
        "\N{REPLACEMENT CHARACTER}.txt",
    }
    assert all(name.encode() for name in names)
    with pytest.raises(InvalidRequest, match="rename it"):
        open_file(folder, "caf\N{REPLACEMENT CHARACTER}.txt")
    with open_file(folder, "\N{REPLACEMENT CHARACTER}.txt") as source:
        assert source.read() == b"its true name"


def test_a_disk_that_cannot_read_is_told_from_a_file_that_may_not_be_read() -> None:
    fault = unreadable("a.txt", OSError(5, "Input/output error"))
    assert isinstance(fault, DamagedFile)
    assert str(fault) == "'a.txt' could not be read: Input/output error"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "none",
        "root/..",
        "root/../other",
        "root/sub/../../x",
        "root//etc",
        "root/\0",
        "Root",
        "/root",
        "root/leads_out",
    ],
)
def test_a_source_outside_the_declared_roots_is_forbidden(folder: Path, source: str) -> None:
    (folder / "leads_out").symlink_to("/etc")
    with pytest.raises(ForbiddenPath):
        resolve_source(source, {"root": folder})


@pytest.mark.parametrize("source", ["root/none", "root/a.txt", f"root/{'x' * 900}", "root/circle", "root/half \ud800"])
def test_a_source_that_is_no_folder_names_the_field(folder: Path, source: str) -> None:
    (folder / "circle").symlink_to(folder / "circle")
    with pytest.raises(InvalidRequest) as caught:
        resolve_source(source, {"root": folder})
    assert caught.value.facts["field"] == "source"


def test_a_source_is_its_root_or_a_folder_below_it(folder: Path, tmp_path: Path) -> None:
    (folder / "inside").symlink_to(folder / "sub")
    (tmp_path / "alias").symlink_to(folder)
    assert resolve_source("root", {"root": folder}) == folder.resolve()
    assert resolve_source("root/sub/deep", {"root": folder}) == (folder / "sub" / "deep").resolve()
    assert resolve_source("root/inside", {"root": folder}) == (folder / "sub").resolve()
    assert resolve_source("alias/sub", {"alias": tmp_path / "alias"}) == (folder / "sub").resolve()
