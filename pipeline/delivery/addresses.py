"""Which IP addresses a webhook may go to.

Everything that is not plainly public is refused, by a table of our own: `ipaddress.is_global` answers yes for
multicast, for NAT64 of the metadata address and for 6to4 of loopback. An operator opens private receivers one by one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from pipeline.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598); metadata server of one cloud
        "127.0.0.0/8",  # loopback (RFC 1122)
        "168.63.129.16/32",  # a public address that is the host agent inside one cloud
        "169.254.0.0/16",  # link-local (RFC 3927); metadata server of most clouds
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890); metadata server of one cloud
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved (RFC 1112) and broadcast
    )
)

GLOBAL_V6 = IPv6Network("2000::/3")
"""The only range of which global unicast addresses are given out (RFC 4291); all else is refused."""

FORBIDDEN_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 7526)
        "3ffe::/16",  # the former 6bone (RFC 3701)
        "3fff::/20",  # documentation (RFC 9637)
    )
)

MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291; the kernel connects to the IPv4 address inside
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; so does a translator in the network
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056
TEREDO = IPv6Network("2001::/32")  # RFC 4380; the client's address has its bits turned
ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214; upper half of the interface id


def faces(address: Address) -> Iterator[Address]:
    """Every address that a packet to this one may end up at: itself and an IPv4 address inside; all must be allowed."""
    if isinstance(address, IPv4Address):
        yield address
        return
    number = int(address)
    if address in MAPPED or address in NAT64:
        yield IPv4Address(number & 0xFFFF_FFFF)
        return
    yield address
    if address in SIX_TO_FOUR:
        yield IPv4Address((number >> 80) & 0xFFFF_FFFF)
    if address in TEREDO:
        yield IPv4Address((number >> 64) & 0xFFFF_FFFF)
        yield IPv4Address(~number & 0xFFFF_FFFF)
    if (number >> 32) & 0xFFFF_FFFF in ISATAP:
        yield IPv4Address(number & 0xFFFF_FFFF)


def is_public(address: Address) -> bool:
    """Whether the address and all its faces lie in public ranges."""
    return all(_is_public(face) for face in faces(address))


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in FORBIDDEN_V4)
    return address in GLOBAL_V6 and not any(address in network for network in FORBIDDEN_V6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A private network that the operator has opened, at one port or at all."""

    network: Network
    port: int | None

    def covers(self, address: Address, port: int) -> bool:
        """Whether every face of the address lies inside."""
        return self.port in (None, port) and all(face in self.network for face in faces(address))


def parse_openings(entries: Sequence[str]) -> tuple[Opening, ...]:
    """The setting `webhooks.allow`: `CIDR`, `CIDR:PORT`, an address alone, IPv6 with or without brackets.

    Raises:
        SettingsError: an entry is none of these; the message names it.
    """
    return tuple(_opening(entry) for entry in entries)


def is_opened(openings: Iterable[Opening], address: Address, port: int) -> bool:
    """Whether the operator has opened this address at this port."""
    return any(opening.covers(address, port) for opening in openings)


def _opening(entry: str) -> Opening:
    network, port = _split(entry.strip())
    try:
        return Opening(network=ip_network(network), port=None if port is None else _port(port))
    except ValueError as error:
        fault = f"webhooks.allow: {entry!r} is not CIDR or CIDR:PORT: {error}"
        raise SettingsError(fault, keys=["webhooks.allow"]) from error


def _split(entry: str) -> tuple[str, str | None]:
    """Take the port off; `fd00::/8:443` is told from `fd00::1` by where the last colon stands."""
    if entry.startswith("[") and "]" in entry:
        inside, _, rest = entry[1:].partition("]")
        length, _, port = rest.partition(":")
        return inside + length, port or None
    head, colon, tail = entry.rpartition(":")
    if colon and ("/" in head or "." in head):
        return head, tail
    return entry, None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise ValueError(f"{text!r} is not a port")
    return int(text)


def parse_address(text: str) -> Address:
    """An address as a resolver gives it, without the zone that link-local ones carry."""
    return ip_address(text.partition("%")[0])
