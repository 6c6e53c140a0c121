from pipeline.reading.options import ReadingOptions


def test_a_password_is_not_printed():
    assert "secret" not in repr(ReadingOptions(name="a.pdf", media_type="application/pdf", password="secret"))
