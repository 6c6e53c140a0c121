"""Which addresses are public, and how the operator opens others."""

from ipaddress import IPv4Address, ip_address

import pytest

from pipeline.delivery.addresses import faces, is_opened, is_public, parse_openings
from pipeline.errors import SettingsError

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.0", "100.128.0.1", "2606:4700::1111"]
PUBLIC += ["2a00:1450:4001:80b::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "169.253.255.255", "223.255.255.255"]

FORBIDDEN = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    *("::ffff:0:8.8.8.8", "64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1"),
    *("2001::1", "2001:db8::1", "2001:2::1", "2001:20::1", "2002:7f00:1::", "2002:808:808::", "3ffe::1", "3fff::1"),
    *("2001:0:0808:0808::f7f7:f7f7", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1", "5f00::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ffff::1", "4000::1", "1fff::1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_public(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", FORBIDDEN)
def test_an_address_that_is_private_reserved_or_leads_to_such_a_one_is_not(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("64:ff9b::10.1.2.3", "10.1.2.3"),
        ("2002:a01:203::1", "10.1.2.3"),
        ("2001:0:a01:203::", "10.1.2.3"),
        ("2001::f5fe:fdfc", "10.1.2.3"),
        ("2606:4700::5efe:a01:203", "10.1.2.3"),
    ],
)
def test_an_ipv4_address_inside_is_found(text, inside):
    assert IPv4Address(inside) in list(faces(ip_address(text)))


@pytest.mark.parametrize(
    ("entry", "address", "port", "opened"),
    [
        ("10.1.0.0/16", "10.1.2.3", 1234, True),
        ("10.1.0.0/16", "10.2.2.3", 1234, False),
        ("10.1.0.0/16:443", "10.1.2.3", 443, True),
        ("10.1.0.0/16:443", "10.1.2.3", 444, False),
        ("127.0.0.1:9000", "127.0.0.1", 9000, True),
        ("127.0.0.1", "127.0.0.1", 1, True),
        ("10.1.0.0/16", "::ffff:10.1.2.3", 80, True),
        ("fd00::/8", "fd12::1", 80, True),
        ("fd00::/8:443", "fd12::1", 443, True),
        ("fd00::/8:443", "fd12::1", 80, False),
        ("[fd00::]/8:443", "fd12::1", 443, True),
        ("[fd00::/8]:443", "fd12::1", 443, True),
        ("[::1]:9000", "::1", 9000, True),
        ("::1", "::1", 9000, True),
        ("::1", "::2", 9000, False),
        (" 10.0.0.0/8 ", "10.0.0.1", 80, True),
        ("2002::/16", "2002:7f00:1::", 80, False),
    ],
)
def test_the_operators_entry_opens_exactly_what_it_names(entry, address, port, opened):
    assert is_opened(parse_openings([entry]), ip_address(address), port) is opened


@pytest.mark.parametrize(
    "entry",
    ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8:0", "10.0.0.0/8:http", "10.0.0.0/8:99999", "[::1"],
)
def test_an_entry_that_is_none_is_named_in_the_error(entry):
    with pytest.raises(SettingsError, match=r"webhooks\.allow"):
        parse_openings([entry])
