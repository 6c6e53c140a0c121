"""Office files made for tests, and changed in ways their programs never would."""

import io
import zipfile
from collections.abc import Callable, Mapping


def saved(made) -> bytes:
    """A document, presentation or workbook as its file."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def changed(data: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """The package with some parts replaced, added, computed from what they were, or (`None`) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = parts.get(name, old.read(name))
            if part is not None:
                new.writestr(name, part(old.read(name)) if callable(part) else part)
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return out.getvalue()
