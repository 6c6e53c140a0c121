"""Nothing of a model's words is rendered, loaded or followed."""

import pytest

from pipeline.prompting.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [the site](http://evil.example/?q=1)", "see the site"),
        ("![pixel](http://evil.example/p.png) total", "pixel total"),
        ("<img src=x onerror=alert(1)>total", "total"),
        ("a **bold** `code`", "a bold code"),
        ("1 < 2", "1 ‹ 2"),
        ("\u202e1,200\u2069 E\x00UR", "1,200 EUR"),
        ("- -5 % in May", "-5 % in May"),
        ("-5 % in May", "-5 % in May"),
        ("## Rent\n> * 5 EUR", "Rent 5 EUR"),
        ("![a\nb](http://evil.example/p.png)", "![a b] (http://evil.example/p.png)"),
        ("![[a]](http://evil.example/p.png)", "![[a]] (http://evil.example/p.png)"),
        ("[x[y](z)](http://evil.example)", "x[y] (http://evil.example)"),
        ('[t](http://evil.example\n"t")', '[t] (http://evil.example "t")'),
        ("true [**2**] [<b>1</b>]", "true (2) (1)"),
    ],
)
def test_no_markup_is_left(text: str, shown: str) -> None:
    assert plain(text) == shown
