"""Hostile PDFs: small files that ask for much, lie, or lead in circles."""

from collections.abc import Iterator
from zlib import compress

from bench.hostile_files.made import MIB, HostileFile, deflated_zeros

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
ONE_PAGE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, the first of them the catalogue, with a right cross-reference table."""
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def one_page(content: bytes, page: bytes = PAGE, more: list[bytes] | None = None) -> bytes:
    """A PDF with one page that draws `content`; `more` objects are numbered from 6."""
    return pdf(one_page_objects(content, page, more))


def one_page_objects(content: bytes, page: bytes = PAGE, more: list[bytes] | None = None) -> list[bytes]:
    """The objects of `one_page`, the page the third of them."""
    packed = stream(compress(content), b"/Filter/FlateDecode")
    return [CATALOG, ONE_PAGE, page, packed, FONT, *(more or [])]


def between_sound_pages(objects: list[bytes], times: int = 1) -> bytes:
    """A PDF that shows the page of `one_page_objects` so many times, between a first and a last page that are sound."""
    drawn = len(objects) + 1
    first, last = drawn + 2, drawn + 3
    kids = b"%d 0 R %b%d 0 R" % (first, b"3 0 R " * times, last)
    tree = b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, times + 2)
    texts = [stream(b"BT /F 12 Tf 72 700 Td (The %b page is sound.) Tj ET" % which) for which in (b"first", b"last")]
    pages = [PAGE.replace(b"4 0 R", b"%d 0 R" % (drawn + place)) for place in range(2)]
    return pdf([objects[0], tree, *objects[2:], *texts, *pages])


def text_page(words: int) -> bytes:
    """A page with that many words; a sound PDF."""
    lines = (b"1 0 0 1 20 %d Tm (word%d) Tj" % (20 + n % 750, n) for n in range(words))
    return one_page(b"BT /F 8 Tf " + b"\n".join(lines) + b" ET")


def nested_forms(levels: int = 8, wide: int = 10) -> list[bytes]:
    """The objects of a page of form XObjects that each draw the next one ten times: ten to the eighth drawings."""
    forms = []
    for level in range(levels):
        last = level == levels - 1
        drawn = b"BT /F 8 Tf (lol) Tj ET" if last else b"/X Do " * wide
        resources = b"/Font<</F 5 0 R>>" if last else b"/XObject<</X %d 0 R>>" % (7 + level)
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<<%b>>" % resources
        forms.append(stream(drawn, entries))
    page = PAGE.replace(b"/Font<</F 5 0 R>>", b"/XObject<</X 6 0 R>>")
    return one_page_objects(b"/X Do " * wide, page, forms)


def double_flate_objects(size: int) -> list[bytes]:
    """The objects of a page whose content is that many zero bytes, deflated twice."""
    twice = compress(deflated_zeros(size), 9)
    return [CATALOG, ONE_PAGE, PAGE, stream(twice, b"/Filter[/FlateDecode/FlateDecode]"), FONT]


def image_page(width: int, height: int) -> bytes:
    """A page that shows a black 1-bit image of that size."""
    size = (width // 8 * height + MIB - 1) // MIB * MIB
    entries = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode"
        % (width, height)
    )
    page = PAGE.replace(b"/Font<</F 5 0 R>>", b"/XObject<</X 6 0 R>>")
    return one_page(b"612 0 0 792 0 0 cm /X Do", page, [stream(deflated_zeros(size), entries)])


def boxed(box: bytes) -> bytes:
    """A page whose MediaBox is this."""
    return one_page(b"BT /F 8 Tf (x) Tj ET", PAGE.replace(b"[0 0 612 792]", box))


def repeated_page(count: int) -> bytes:
    """A page tree whose one page appears that many times."""
    pages = b"<</Type/Pages/Kids[%b]/Count %d>>" % (b"3 0 R " * count, count)
    return pdf([CATALOG, pages, PAGE, stream(b""), FONT])


def many_pages(count: int) -> bytes:
    """A sound document of that many empty pages, a hundred to a branch of the tree."""
    branches = (count + 99) // 100
    first_page = 3 + branches
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(branches))
    root = b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 612 792]>>" % (kids, count)
    tree, leaves = [], []
    for number in range(branches):
        own = range(number * 100, min(count, number * 100 + 100))
        kids = b" ".join(b"%d 0 R" % (first_page + page) for page in own)
        tree.append(b"<</Type/Pages/Parent 2 0 R/Kids[%b]/Count %d>>" % (kids, len(own)))
        leaves += [b"<</Type/Page/Parent %d 0 R>>" % (3 + number)] * len(own)
    return pdf([CATALOG, root, *tree, *leaves])


def tiling() -> bytes:
    """A pattern of tiles a thousandth of a point wide, over the whole page."""
    pattern = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .001/YStep .001/Resources<<>>"
    page = PAGE.replace(b"/Font<</F 5 0 R>>", b"/Pattern<</P 6 0 R>>")
    content = b"/Pattern cs /P scn 0 0 612 792 re f"
    return one_page(content, page, [stream(b"1 0 0 rg 0 0 1 1 re f", pattern)])


def curves(count: int) -> bytes:
    """So many long Bezier strokes."""
    return one_page(b"0 0 m 600 0 0 700 600 700 c S\n" * count)


def encrypted() -> bytes:
    """Encrypted by the standard handler, revision 2, for a password nobody has."""
    entry = b"/Encrypt 6 0 R/ID[<%b><%b>]" % (b"00" * 16, b"00" * 16)
    handler = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"5a" * 32, b"a5" * 32)
    return pdf([CATALOG, ONE_PAGE, PAGE, stream(b"\x13" * 64), FONT, handler], entry)


def pdfs() -> Iterator[HostileFile]:
    """The family."""
    sound = text_page(300)
    empty_tree = b"<</Type/Pages/Kids[]/Count 0>>"
    loop = b"<</Type/Pages/Kids[2 0 R]/Count 5>>"
    lie = b"<</Type/Pages/Kids[3 0 R]/Count 1000000000000>>"
    deep = PAGE[:-2] + b"/Deep" + b"[" * 100_000 + b"]" * 100_000 + b">>"
    script = CATALOG[:-2] + b"/OpenAction<</S/Launch/F(/bin/sh)>>/AA<</O<</S/JavaScript/JS(while\\(1\\){})>>>>>>"
    for name, data, why in (
        ("nested-forms.pdf", pdf(nested_forms()), "ten to the eighth drawings in two kilobytes"),
        ("stuck-page.pdf", between_sound_pages(nested_forms()), "the same between two sound pages"),
        ("double-flate.pdf", pdf(double_flate_objects(4096 * MIB)), "four gigabytes of content in a few kilobytes"),
        ("huge-page.pdf", boxed(b"[0 0 200000 200000]"), "a page seventy metres wide"),
        ("endless-page.pdf", boxed(b"[0 0 1e38 1e38]"), "a page wider than numbers go"),
        ("empty-page.pdf", boxed(b"[0 0 0 0]"), "a page without any area"),
        ("inverted-page.pdf", boxed(b"[612 792 0 0]"), "a page box from the wrong corner"),
        ("many-pages.pdf", many_pages(100_000), "a hundred thousand pages"),
        ("repeated-page.pdf", repeated_page(100_000), "one page a hundred thousand times"),
        ("page-count-lie.pdf", pdf([CATALOG, lie, PAGE, stream(b""), FONT]), "says it has 10^12 pages"),
        ("page-loop.pdf", pdf([CATALOG, loop]), "a page tree that contains itself"),
        ("no-pages.pdf", pdf([CATALOG, empty_tree]), "no page at all"),
        ("encrypted.pdf", encrypted(), "needs a password"),
        ("truncated.pdf", sound[: len(sound) // 2], "cut in the middle"),
        ("header-only.pdf", b"%PDF-1.7\n", "nothing behind the header"),
        ("curves.pdf", curves(400_000), "four hundred thousand strokes"),
        ("image-bomb.pdf", image_page(60_000, 60_000), "an image of 3.6 gigapixels"),
        ("tiny-tiles.pdf", tiling(), "half a million million tiles"),
        ("deep-arrays.pdf", pdf([CATALOG, ONE_PAGE, deep, stream(b""), FONT]), "arrays a hundred thousand deep"),
        ("many-words.pdf", text_page(20_000), "twenty thousand words on one page"),
        ("xref-loop.pdf", pdf([CATALOG, ONE_PAGE, PAGE, stream(b""), FONT], b"/Prev 9"), "a table that leads astray"),
        ("launch.pdf", pdf([script, ONE_PAGE, PAGE, stream(b""), FONT]), "wants to start a shell"),
    ):
        yield HostileFile(name=name, data=data, why=why)
