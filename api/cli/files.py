"""Which files a command means, and what they hold."""

import fnmatch
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.cli.client import REFUSED, CliError
from pipeline.settings import WatchFolder
from schemas import exact_json

IGNORED: tuple[str, ...] = tuple(WatchFolder.model_fields["ignore"].default)
"""Names of folders and files that are no documents: hidden, half written, of an editor."""


def find(paths: Iterable[Path], pattern: str) -> list[Path]:
    """The named files, and the files in the named folders that fit the pattern, each once.

    Links in folders are not followed: they may lead anywhere, and in circles.

    Raises:
        CliError: a path does not exist, or the pattern is none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(_below(path, pattern))))
        elif path.exists():
            found[path] = None
        else:
            raise CliError(f"there is no file {path}", REFUSED)
    return list(found)


def _below(folder: Path, pattern: str) -> Iterator[Path]:
    try:
        candidates = list(folder.glob(pattern))
    except (ValueError, NotImplementedError) as error:
        raise CliError(f"{pattern!r} is not a pattern of relative paths: {error}", REFUSED) from error
    for path in candidates:
        inside = path.relative_to(folder)
        links = any((folder / parent).is_symlink() for parent in (inside, *inside.parents[:-1]))
        if not links and path.is_file() and not _is_ignored(inside):
            yield path


def _is_ignored(path: Path) -> bool:
    return any(fnmatch.fnmatch(part, ignored) for part in path.parts for ignored in IGNORED)


def sha256(path: Path) -> str:
    """The hash of a file's content in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def schema_argument(text: str | None) -> str | None:
    """What to send for `--schema`: a name as it is, or the content of a JSON file.

    Raises:
        CliError: the file does not hold a JSON object.
    """
    if text is None or not (text.endswith(".json") or "/" in text):
        return text
    try:
        content = Path(text).read_text(encoding="utf-8")
        value = exact_json.loads(content)
    except (OSError, ValueError) as error:
        raise CliError(f"the schema file {text} cannot be read: {error}", REFUSED) from error
    if not isinstance(value, dict):
        raise CliError(f"the schema file {text} does not hold a JSON object", REFUSED)
    return content
