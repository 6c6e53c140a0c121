"""Which paths a child may read."""

import sys
from pathlib import Path

import pipeline
import schemas
from pipeline.reading.child import landlock


def covered(path):
    inside = Path(path).resolve()
    return any(inside.is_relative_to(allowed) for allowed in landlock.readable_paths())


def test_what_imports_need_is_readable():
    assert covered(pipeline.__file__)
    assert covered(schemas.__file__)
    assert covered(Path(sys.modules["pytest"].__file__))
    assert covered(Path(sys.modules["json"].__file__))


def test_the_folder_that_holds_the_packages_is_not_readable_as_a_whole():
    root = Path(pipeline.__file__).parents[1]
    assert not covered(root / "sheaf-data" / "master.key")


def test_secrets_of_the_machine_are_not_readable():
    assert not any(covered(path) for path in ("/etc/passwd", "/etc/shadow", "/root/.ssh", "/proc/1/environ", "/tmp"))


def test_no_path_lies_inside_another():
    paths = [Path(path) for path in landlock.readable_paths()]
    assert not [path for path in paths if set(path.parents) & set(paths)]
