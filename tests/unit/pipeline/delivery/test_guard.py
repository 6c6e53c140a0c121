"""URL tricks, with a resolver that is asked nothing but what the test gives it."""

import pytest

from pipeline.delivery.guard import check_url, parse_url, resolve
from pipeline.delivery.resolver import numeric
from pipeline.errors import AddressForbidden, DeliveryError, InvalidWebhookUrl
from pipeline.settings import Webhooks

SETTINGS = Webhooks()
PUBLIC = "93.184.216.34"


class Names:
    """A resolver that knows a few names, and numbers as the system does."""

    def __init__(self, **names: list[str]) -> None:
        self.names = {name.replace("__", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, timeout: float) -> list[str]:
        self.asked.append(host)
        addresses = self.names.get(host) or numeric(host, port)
        if not addresses:
            raise DeliveryError("no such host")
        return addresses


def pinned(url, settings=SETTINGS, **names):
    return resolve(url, settings, resolver=Names(**names)).addresses


GOOD = [
    ("https://example.com", "example.com", 443, "/"),
    ("https://example.com/hook", "example.com", 443, "/hook"),
    ("HTTPS://EXAMPLE.com:8443/Hook?A=b", "example.com", 8443, "/Hook?A=b"),
    ("https://example.com?x=1", "example.com", 443, "/?x=1"),
    ("https://example.com./", "example.com", 443, "/"),
    ("https://bücher.example/", "xn--bcher-kva.example", 443, "/"),
    ("https://example。com/", "example.com", 443, "/"),
    ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/"),
    ("https://example.com/a%20b/ü?q=@:/", "example.com", 443, "/a%20b/%C3%BC?q=@:/"),
    ("https://example.com/\ud800", "example.com", 443, "/?"),
    ("https://erp_1.example.com/", "erp_1.example.com", 443, "/"),
]


@pytest.mark.parametrize(("url", "host", "port", "path"), GOOD)
def test_a_plain_url_is_taken_apart(url, host, port, path):
    location = parse_url(url)
    assert (location.host, location.port, location.path) == (host, port, path)
    check_url(url, SETTINGS)


MALFORMED = [
    *("https://256.256.256.256/", "https://4294967296/", "https://1.2.3.4.5/", "https://example.0x/", "https://a.08/"),
    *("", "example.com", "//example.com", "https://", "https:///x", "https:example.com", "https:/example.com/"),
    *(
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript://example.com/",
        "ws://x.example/",
    ),
    *("https://user:pw@example.com/", "https://user@example.com/", "https://example.com@127.0.0.1/"),
    *("https://127.0.0.1#@example.com/", "https://example.com#x", "https://example.com/#"),
    *("https://example.com\\@127.0.0.1/", "https:\\\\example.com/", "https://example.com\\.evil.example/"),
    *("https://exa mple.com/", " https://example.com/", "https://example.com/ ", "https://example.com/\r\nX-A: b"),
    *(
        "https://example.com\r\nHost: x/",
        "https://example.com/\x00",
        "https://example.com/\tx",
        "https://exam\tple.com/",
    ),
    *("https://example.com:0/", "https://example.com:65536/", "https://example.com:x/", "https://example.com:-1/"),
    *(
        "https://example.com:443:80/",
        "https://example.com:/",
        "https://a..b/",
        "https://.example.com/",
        "https://-a.com/",
    ),
    *(
        "https://127.0.0.1%2f@example.com/",
        "https://%31%32%37.0.0.1/",
        "https://[::1",
        "https://::1/",
        "https://[::g]/",
    ),
    *(
        "https://[fe80::1%25eth0]/",
        "https://[127.0.0.1]/",
        "https://[::1]x/",
        "https://☃.example/",
        "https://a\u2028b/",
    ),
    *("https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/", "https://example.com/" + "x" * 2048),
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_url_that_could_be_read_in_two_ways_or_is_none_is_refused(url):
    with pytest.raises(InvalidWebhookUrl):
        check_url(url, SETTINGS)
    with pytest.raises(InvalidWebhookUrl):
        pinned(url, example__com=[PUBLIC])


# What stands for itself: refused when it is given, without DNS, and refused again when it is used.
FORBIDDEN_LITERALS = [
    *("https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/"),
    *("https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://0/", "https://0.0.0.0/"),
    *("https://127.0.0.1./", "https://１２７.0.0.1/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://0X7F.1/"),
    *("https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/"),
    *("https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://100.100.100.200/"),
    *("https://192.0.0.192/", "https://168.63.129.16/", "https://255.255.255.255/", "https://224.0.0.1/"),
    *("https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/"),
    *(
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
    ),
    *("https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2001::f5ff:fffe]/", "https://[fe80::1]/"),
    *(
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
    ),
    *("https://[2606:4700::5efe:7f00:1]/", "https://[::ffff:0:127.0.0.1]/", "https://[100::1]/"),
]


@pytest.mark.parametrize("url", FORBIDDEN_LITERALS)
def test_a_forbidden_address_is_refused_in_every_notation(url):
    with pytest.raises(InvalidWebhookUrl, match="operator"):
        check_url(url, SETTINGS)
    with pytest.raises(AddressForbidden):
        pinned(url)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "ⅼocalhost"])
def test_localhost_is_refused_without_asking(host):
    with pytest.raises(InvalidWebhookUrl, match="operator"):
        check_url(f"https://{host}/", SETTINGS)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.7"],
        ["64:ff9b::10.0.0.7"],
        ["2002:a00:7::1"],
        [PUBLIC, "10.0.0.7"],
        ["10.0.0.7", PUBLIC],
        [PUBLIC, "::1"],
        ["2606:4700::1111", "fd00::1"],
    ],
)
def test_a_name_with_any_forbidden_address_is_refused_when_it_is_used(addresses):
    check_url("https://receiver.example/", SETTINGS)
    with pytest.raises(AddressForbidden) as caught:
        pinned("https://receiver.example/", receiver__example=addresses)
    assert not any(address in str(caught.value) for address in addresses), "the address is for the operator only"


def test_a_name_is_looked_up_once_and_its_addresses_are_pinned():
    names = Names(receiver__example=[PUBLIC, "2606:4700::1111"])
    target = resolve("https://receiver.example/hook", SETTINGS, resolver=names)
    assert target.addresses == (PUBLIC, "2606:4700::1111")
    assert target.location.authority == "receiver.example"
    assert names.asked == ["receiver.example"]


def test_a_name_without_an_address_is_refused():
    with pytest.raises(AddressForbidden):
        resolve("https://receiver.example/", SETTINGS, resolver=lambda host, port, timeout: [])


def test_an_address_behind_a_public_translator_is_public():
    assert pinned("https://receiver.example/", receiver__example=["64:ff9b::808:808"]) == ("64:ff9b::808:808",)


def test_a_mapped_address_is_pinned_as_what_it_is():
    assert pinned("https://receiver.example/", receiver__example=["::ffff:8.8.8.8"]) == ("8.8.8.8",)


@pytest.mark.parametrize(
    "url", ["https://receiver.example:22/", "https://receiver.example:6379/", "https://8.8.8.8:25/"]
)
def test_a_port_that_is_not_listed_is_refused(url):
    with pytest.raises(InvalidWebhookUrl, match="port"):
        check_url(url, SETTINGS)
    with pytest.raises(AddressForbidden):
        pinned(url, receiver__example=[PUBLIC])


@pytest.mark.parametrize("url", ["http://receiver.example/", "http://8.8.8.8/", "hTTp://receiver.example:8080/"])
def test_plain_http_to_the_public_is_refused_unless_the_operator_allows_it(url):
    with pytest.raises(InvalidWebhookUrl, match="https"):
        check_url(url, SETTINGS)
    with pytest.raises(AddressForbidden):
        pinned(url, receiver__example=[PUBLIC])
    loose = Webhooks(allow_http=True)
    check_url(url, loose)
    assert pinned(url, loose, receiver__example=[PUBLIC])


class TestAnOpenedNetwork:
    """The operator has opened `10.1.0.0/16` at port 9000."""

    settings = Webhooks(allow=["10.1.0.0/16:9000"])

    def test_is_reached_at_its_port_by_plain_http(self):
        check_url("http://10.1.2.3:9000/hook", self.settings)
        assert pinned("http://10.1.2.3:9000/hook", self.settings) == ("10.1.2.3",)
        assert pinned("http://erp:9000/", self.settings, erp=["10.1.2.3"]) == ("10.1.2.3",)

    @pytest.mark.parametrize("url", ["http://10.1.2.3/", "https://10.1.2.3:443/", "http://10.2.0.1:9000/"])
    def test_opens_nothing_beside_it(self, url):
        with pytest.raises(InvalidWebhookUrl):
            check_url(url, self.settings)
        with pytest.raises(AddressForbidden):
            pinned(url, self.settings)

    def test_does_not_open_the_port_or_plain_http_to_the_public(self):
        check_url("http://receiver.example:9000/", self.settings)
        with pytest.raises(AddressForbidden):
            pinned("http://receiver.example:9000/", self.settings, receiver__example=[PUBLIC])

    def test_leaves_names_at_other_ports_refused_when_given(self):
        with pytest.raises(InvalidWebhookUrl, match="port"):
            check_url("https://receiver.example:9001/", self.settings)

    def test_needs_every_address_of_a_name_to_be_open_or_public(self):
        with pytest.raises(AddressForbidden):
            pinned("http://erp:9000/", self.settings, erp=["10.1.2.3", "10.2.0.1"])


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com:443/", "example.com"),
        ("http://example.com/", "example.com"),
        ("http://example.com:443/", "example.com:443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_names_the_port_only_where_it_is_not_the_schemes_own(url, authority):
    assert parse_url(url).authority == authority
