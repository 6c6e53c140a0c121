import pytest
from PIL import Image, UnidentifiedImageError

from pipeline.errors import DamagedFile, LimitExceeded, PasswordRequired
from pipeline.reading.image.frames import ERRORS, translating, within


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (Image.DecompressionBombError("big"), LimitExceeded),
        (UnidentifiedImageError("what"), DamagedFile),
        (OSError("image file is truncated"), DamagedFile),
        (SyntaxError("broken PNG file"), DamagedFile),
        (ValueError("bad"), DamagedFile),
    ],
)
def test_errors_of_the_library_are_translated_and_chained(theirs, ours):
    with pytest.raises(ours) as caught, translating():
        raise theirs
    assert caught.value.__cause__ is theirs


def test_no_row_is_hidden_by_one_above_it():
    for number, (theirs, _) in enumerate(ERRORS):
        assert not any(issubclass(theirs, above) for above, _ in ERRORS[:number])


def test_our_own_errors_pass_unchanged():
    with pytest.raises(PasswordRequired), translating():
        raise PasswordRequired


@pytest.mark.parametrize(
    ("size", "limit", "made"),
    [((100, 50), 5_000, (100, 50)), ((200, 100), 5_000, (100, 50)), ((9_000, 1), 10, (300, 1))],
)
def test_a_size_over_the_limit_is_scaled_down_in_proportion(size, limit, made):
    assert within(size, limit) == made
