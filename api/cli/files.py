"""Which files a command means, and what they hold."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from api.cli.exits import REFUSED, CliError
from pipeline.intake.folders import find_files
from schemas import exact_json


def find(paths: Iterable[Path], pattern: str) -> list[Path]:
    """The named files, and the files in the named folders that fit the pattern, each once.

    Links in folders are not followed: they may lead anywhere, and in circles.

    Raises:
        CliError: a path does not exist or cannot be read, or the pattern is none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_below(path, pattern)))
        elif path.exists():
            found[path] = None
        else:
            raise CliError(f"there is no file {path}", REFUSED)
    return list(found)


def _below(folder: Path, pattern: str) -> Iterator[Path]:
    """As the service itself finds files for batches and watched folders."""
    if not pattern or PurePath(pattern).is_absolute() or ".." in PurePath(pattern).parts:
        raise CliError(f"{pattern!r} is not a pattern of relative paths", REFUSED)
    try:
        for file in find_files(folder, pattern, limit=sys.maxsize):
            yield folder / file.path
    except OSError as error:
        raise CliError(f"the folder {folder} cannot be read: {error.strerror}", REFUSED) from error


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
