import pytest

from pipeline.errors import UnsupportedType
from pipeline.reading.readers import READERS, reader_for


@pytest.mark.parametrize("media_type", sorted(READERS))
def test_each_type_of_the_table_has_a_reader(media_type):
    assert callable(reader_for(media_type))


def test_a_type_that_is_not_in_the_table_is_refused_by_name():
    with pytest.raises(UnsupportedType, match="application/zip") as caught:
        reader_for("application/zip")
    assert caught.value.facts == {"media_type": "application/zip"}
