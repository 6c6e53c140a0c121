"""Decides whether a webhook URL may be called, and pins where it leads.

A URL is judged twice: when it is given (`check_url`: form, port, scheme and literal addresses, without asking DNS) and
each time it is used (`resolve`: every address that its name has now). The connection then goes to the addresses that
were judged and to no others, because a name may have another address a moment later (DNS rebinding).
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote

import idna

from pipeline.delivery.addresses import Address, Opening, is_opened, is_public, parse_address, parse_openings
from pipeline.delivery.resolver import Resolver, lookup, numeric
from pipeline.errors import AddressForbidden, InvalidWebhookUrl
from pipeline.settings import Webhooks

logger = logging.getLogger(__name__)

MAX_URL = 2_048
DEFAULT_PORTS = {"http": 80, "https": 443}

# RFC 3986 without user information and fragment. Anything that two parsers might read differently (blanks, controls,
# backslashes, a second `@`) does not match.
_URL = re.compile(
    r"(?P<scheme>[a-z]+)://(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^\s\x00-\x20\x7f/\\?#@:\[\]%<>\"'`{}|^]+))"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?][^#\\\s\x00-\x20\x7f]*)?",
    re.IGNORECASE,
)
_TARGET_SAFE = "%/?:@!$&'()*+,;=-._~[]"
# Underscores stand in no host name of the standard, but in many of container networks.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_NAME = re.compile(r"(.+\.)?localhost")


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A webhook URL taken apart, its host in lower-case ASCII."""

    scheme: str
    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    path: str
    """Path and query as they go into the request line: ASCII, begins with a slash."""

    @property
    def authority(self) -> str:
        """The `Host` header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where one delivery goes: the addresses were judged, and nothing else may be connected to."""

    location: Location
    addresses: tuple[str, ...]
    """In the order to try them; at least one."""


def parse_url(url: str) -> Location:
    """Take a webhook URL apart, strictly.

    Raises:
        InvalidWebhookUrl: it is no plain http or https URL; the message says what is wrong.
    """
    if len(url) > MAX_URL:
        raise InvalidWebhookUrl(f"the webhook URL is longer than {MAX_URL} characters")
    match = _URL.fullmatch(url)
    if match is None:
        raise InvalidWebhookUrl(_complaint(url))
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise InvalidWebhookUrl("the webhook URL must begin with https:// or http://")
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536:
        raise InvalidWebhookUrl("the webhook URL's port is not between 1 and 65535")
    target = quote(match["target"] or "/", safe=_TARGET_SAFE, errors="replace")
    host = _v6_host(match["v6"]) if match["v6"] else _host_name(match["name"])
    return Location(scheme=scheme, host=host, port=port, path=target if target.startswith("/") else "/" + target)


def check_url(url: str, settings: Webhooks) -> None:
    """Whether a URL may be stored as a webhook's; nothing is asked of the network.

    A name that leads to a forbidden address is found out when it is used.

    Raises:
        InvalidWebhookUrl: it is malformed, or its scheme, port or literal address is not allowed.
    """
    location = parse_url(url)
    openings = parse_openings(settings.allow)
    addresses = _addresses(_literal(location))
    if addresses and all(is_opened(openings, address, location.port) for address in addresses):
        return
    if not all(is_public(address) for address in addresses):
        raise InvalidWebhookUrl(
            "the webhook URL leads to a private or reserved address; the operator can open it by webhooks.allow"
        )
    # A name may yet turn out to be of an opened network, if one is opened at this port.
    if addresses or not any(opening.port in (None, location.port) for opening in openings):
        _check_public(location, settings)


def resolve(url: str, settings: Webhooks, *, resolver: Resolver = lookup, timeout: float = 5.0) -> Target:
    """Look the host up once and judge every address it has.

    Raises:
        InvalidWebhookUrl: the URL is malformed.
        AddressForbidden: one of the addresses is not allowed, or not at this port or by this scheme.
        DeliveryError: the host cannot be resolved.
    """
    location = parse_url(url)
    openings = parse_openings(settings.allow)
    addresses = _addresses(resolver(location.host, location.port, timeout))
    for address in addresses:
        if not _allowed(location, address, openings, settings):
            # The address is for the operator only: the message is shown to whoever gave the URL.
            logger.warning("webhook to %s refused: %s port %d is not allowed", location.host, address, location.port)
            raise AddressForbidden
    if not addresses:
        raise AddressForbidden("the webhook's host has no address")
    return Target(location=location, addresses=tuple(str(address) for address in addresses))


def _allowed(location: Location, address: Address, openings: Iterable[Opening], settings: Webhooks) -> bool:
    if is_opened(openings, address, location.port):
        return True
    plain = location.scheme == "http" and not settings.allow_http
    return is_public(address) and location.port in settings.ports and not plain


def _check_public(location: Location, settings: Webhooks) -> None:
    if location.scheme == "http" and not settings.allow_http:
        raise InvalidWebhookUrl("the webhook URL must begin with https://")
    if location.port not in settings.ports:
        allowed = ", ".join(str(port) for port in settings.ports)
        raise InvalidWebhookUrl(f"the webhook URL's port is not one of {allowed}")


def _literal(location: Location) -> list[str]:
    """The addresses that are certain without DNS: numbers in any notation, and `localhost` (RFC 6761)."""
    if _LOCAL_NAME.fullmatch(location.host):
        return ["127.0.0.1"]
    return numeric(location.host, location.port)


def _addresses(texts: Iterable[str]) -> list[Address]:
    """Parsed, IPv4-mapped ones as the IPv4 addresses they are."""
    return [_unmapped(parse_address(text)) for text in texts]


def _unmapped(address: Address) -> Address:
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _v6_host(text: str) -> str:
    try:
        return str(IPv6Address(text.lower()))
    except ValueError as error:
        raise InvalidWebhookUrl("the webhook URL's host is not an IPv6 address") from error


def _host_name(text: str) -> str:
    """Lower-case ASCII: names beyond ASCII by IDNA 2008 with the mapping of UTS 46, which also makes `１２７` `127`."""
    name = text.lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, std3_rules=True).decode()
        except idna.IDNAError as error:
            raise InvalidWebhookUrl("the webhook URL's host is not a valid name") from error
    name = name.removesuffix(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise InvalidWebhookUrl("the webhook URL's host is not a valid name")
    if _NUMBER.fullmatch(name.rpartition(".")[2]) and not numeric(name, 0):
        # No top-level domain is a number, so that this is no name either (URL standard, "ends in a number").
        raise InvalidWebhookUrl("the webhook URL's host is neither a name nor an IPv4 address")
    return name


def _complaint(url: str) -> str:
    """Why the whole pattern did not match, as far as it can be told."""
    if any(ord(char) <= 0x20 or ord(char) == 0x7F or char == "\\" for char in url):
        return "the webhook URL holds a blank, a control character or a backslash"
    if "#" in url:
        return "the webhook URL has a fragment, which is never sent"
    authority = re.match(r"[^/]*//([^/?#]*)", url)
    if authority and "@" in authority[1]:
        return "the webhook URL holds credentials; deliveries are signed instead"
    return "the webhook URL is not of the form https://host/path"
