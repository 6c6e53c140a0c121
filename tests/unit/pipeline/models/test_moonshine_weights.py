"""The files of the recognizer of speech, and what tokens say."""

import hashlib
from pathlib import Path

import pytest

from pipeline.errors import ModelUnavailable
from pipeline.models import moonshine_weights as weights


def test_a_vocabulary_is_lengths_and_bytes() -> None:
    long = b"x" * 300  # 300 = 44 + 2 * 128
    content = bytes([3]) + b"<s>" + bytes([0]) + bytes([128 + 44, 2]) + long + bytes([1]) + b"a"
    assert weights.vocabulary(content) == (b"<s>", b"", long, b"a")


def test_tokens_are_text_with_spaces_and_letters_of_several_bytes() -> None:
    space = "\u2581".encode()
    assert weights.text_of([space + b"A", b" caf", b"\xc3", b"\xa9", space + b"x"]) == "A caf\u00e9 x"
    assert weights.text_of([space, b"\xc3"]) == "\ufffd"
    assert weights.text_of([]) == ""


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"encoder_model\.ort is missing: pip install .*moonshine-voice=="):
        weights.verified(tmp_path, weights.ENCODER)


def test_a_file_with_one_byte_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.SHA256, weights.VOCABULARY, hashlib.sha256(b"right").hexdigest())
    (tmp_path / weights.VOCABULARY).write_bytes(b"right")
    assert weights.verified(tmp_path, weights.VOCABULARY) == b"right"
    (tmp_path / weights.VOCABULARY).write_bytes(b"wrong")
    with pytest.raises(ModelUnavailable, match="is not the original"):
        weights.verified(tmp_path, weights.VOCABULARY)


@pytest.mark.parametrize("package", ["no_such_package", "json"])  # not installed; installed without the model
def test_a_package_without_the_model_is_refused(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", package)
    with pytest.raises(ModelUnavailable, match=r"--no-deps moonshine-voice==0\.0\.73, or set transcriber\.kind"):
        weights.installed()
