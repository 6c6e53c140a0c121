"""Tricks to reach what lies inside, each tried by the real sender: nothing forbidden is ever connected to.

Two witnesses count: listeners on every address of this machine at an allowed port, and the interpreter's own audit of
every `connect`, which sees attempts at addresses that are not of this machine too.
"""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from pipeline.delivery.addresses import is_public
from pipeline.delivery.resolver import numeric
from pipeline.delivery.sender import Sender
from pipeline.delivery.signer import new_secret
from pipeline.errors import DeliveryError
from pipeline.settings import Webhooks

PUBLIC = "93.184.216.34"
SECRET = new_secret()


class Witness:
    """Counts connections at listeners, and attempts to connect by this thread."""

    def __init__(self) -> None:
        self.port = 0
        self.accepted: list[object] = []
        self.attempted: list[object] = []
        self.watched: int | None = None

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" and threading.get_ident() == self.watched:
            self.attempted.append(arguments[1])


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    found = Witness()
    sys.addaudithook(found.audit)  # hooks stay for good; this one looks away when nothing is watched
    with ExitStack() as opened:
        v4 = opened.enter_context(socket.create_server(("0.0.0.0", 0)))
        found.port = v4.getsockname()[1]
        listeners = [v4]
        if socket.has_ipv6:
            v6 = socket.socket(socket.AF_INET6)
            v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            v6.bind(("::", found.port))
            v6.listen()
            listeners.append(opened.enter_context(v6))
        inside = opened.enter_context(socket.socket(socket.AF_UNIX))
        inside.bind(str(tmp_path_factory.mktemp("unix") / "hook.sock"))
        inside.listen()
        listeners.append(inside)

        def count(listener: socket.socket) -> None:
            while True:
                try:
                    connection, who = listener.accept()
                except OSError:
                    return
                found.accepted.append(who)
                connection.close()

        threads = [threading.Thread(target=count, args=(each,)) for each in listeners]
        for thread in threads:
            thread.start()
        yield found
        for each in listeners:
            each.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


# `{port}` is the listeners'; the sender is told that the port and plain http are allowed, so that only the address
# stands between it and them.
LITERALS = [
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1"),
    *("0177.0.0.1", "017700000001", "0177.0x0.1", "00000177.0.0.01", "0", "0.0.0.0", "0x0", "00", "127.0.0.1."),
    *("１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "localhost", "LOCALHOST", "localhost."),
    *("a.localhost", "ⅼocalhost", "ｌｏｃａｌｈｏｓｔ", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:0:0]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]"),
    *("[2001:0:7f00:1::]", "[2001::80ff:fffe]", "[2606:4700::5efe:127.0.0.1]", "[fe80::1]", "[fec0::1]", "[fc00::1]"),
    *("[fd00:ec2::254]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[fe80::1%25lo]", "[::1%25lo]"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376"),
    *("100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1"),
]
URLS = [
    *(f"http://{host}:{{port}}/" for host in LITERALS),
    *("http://user@127.0.0.1:{port}/", "http://93.184.216.34@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@a.example/"),
    *("http://a.example\\@127.0.0.1:{port}/", "http://a.example%40127.0.0.1:{port}/", "http://%31%32%37.0.0.1:{port}/"),
    *(
        "http://127.0.0.1%2f:{port}/",
        "http://127.0.0.1:{port}:80/",
        "http:127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
    ),
    *("http:\\\\127.0.0.1:{port}\\", " http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/\r\nHost: a.example"),
    *("http://127.0.0.1\t:{port}/", "http://127.0.0.1\x00.example:{port}/", "HTTP://127.0.0.1:{port}/"),
    *("unix:///tmp/hook.sock", "http+unix://%2Ftmp%2Fhook.sock/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x"),
    *("ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/", "ws://127.0.0.1:{port}/", "//127.0.0.1:{port}/"),
    *("http://256.256.256.256:{port}/", "http://127.0.0.1.:{port}/", "http://[::1]@a.example:{port}/"),
]
# What a name turns out to have, first lookup and all that follow: a CNAME is no more than this to who asks.
NAMES = {
    "private": [["127.0.0.1"]],
    "private6": [["::1"]],
    "mixed": [[PUBLIC, "127.0.0.1"]],
    "mixed-first": [["127.0.0.1", PUBLIC]],
    "mixed6": [["2606:4700::1111", "::1"]],
    "mapped": [["::ffff:127.0.0.1"]],
    "translated": [["64:ff9b::7f00:1"]],
    "sixtofour": [["2002:7f00:1::1"]],
    "zoned": [["fe80::1%lo"]],
    "rebinding-after": [["10.0.0.1"], [PUBLIC]],
    "nothing": [[]],
    "metadata": [["169.254.169.254"]],
}


class Names:
    """A resolver that knows `NAMES`, and numbers as the system does; each name's next answer may be another."""

    def __init__(self) -> None:
        self.left = {f"{name}.example": list(answers) for name, answers in NAMES.items()}

    def __call__(self, host: str, port: int, timeout: float) -> list[str]:
        if host in self.left:
            answers = self.left[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        found = numeric(host, port) or (["127.0.0.1"] if host.endswith("localhost") else [])
        if not found:
            raise DeliveryError("no such host")
        return found


def attempt(witness: Witness, url: str, **options: object) -> object:
    settings = Webhooks(allow_http=True, ports=[witness.port, 80, 443], timeout_seconds=0.5)
    witness.watched = threading.get_ident()
    try:
        outcome = Sender(settings, resolver=Names()).send(
            url=url.replace("{port}", str(witness.port)), message_id="evt_1", body=b"{}", secrets=[SECRET]
        )
    finally:
        witness.watched = None
    return outcome


def forbidden(witness: Witness) -> list[object]:
    """What was connected to, or tried, and is not public."""
    tried = [each[0] if isinstance(each, tuple) else each for each in witness.attempted]
    return witness.accepted + [
        each for each in tried if not isinstance(each, str) or not is_public(ip_address(each.partition("%")[0]))
    ]


TRICKS = URLS + [f"http://{name}.example:{{port}}/" for name in NAMES]


def test_there_are_more_than_sixty_tricks() -> None:
    assert len(set(TRICKS)) > 100


@pytest.mark.parametrize("url", TRICKS)
def test_nothing_forbidden_is_connected_to(witness: Witness, url: str) -> None:
    outcome = attempt(witness, url)
    assert not outcome.delivered
    assert outcome.error in {"address-forbidden", "invalid-url", "host-not-found"}
    assert forbidden(witness) == []


def test_the_witnesses_see_what_the_operator_allows(witness: Witness) -> None:
    """They would have seen the others, too."""
    witness.watched = threading.get_ident()
    settings = Webhooks(allow=[f"127.0.0.1/32:{witness.port}"], timeout_seconds=2)
    Sender(settings).send(url=f"http://127.0.0.1:{witness.port}/", message_id="evt_1", body=b"{}", secrets=[SECRET])
    witness.watched = None
    assert ("127.0.0.1", witness.port) in witness.attempted
    assert len(forbidden(witness)) == 2
    witness.accepted.clear()
    witness.attempted.clear()


def test_a_name_that_turns_private_after_it_was_judged_is_connected_to_as_it_was_judged(witness: Witness) -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]
    connected: list[tuple[str, int]] = []

    def refuse(address: tuple[str, int], *arguments: object, **options: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "create_connection", refuse)  # nothing of a test goes out to the public
        settings = Webhooks(allow_http=True, ports=[witness.port], timeout_seconds=0.5)
        Sender(settings, resolver=lambda *_: answers.pop(0)).send(
            url=f"http://turning.example:{witness.port}/", message_id="evt_1", body=b"{}", secrets=[SECRET]
        )
    assert connected == [(PUBLIC, witness.port)]
    assert answers == [["127.0.0.1"]], "it was asked for once"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_a_proxy_of_the_environment_is_no_way_in(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    monkeypatch.setenv(name, f"http://127.0.0.1:{witness.port}")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    attempt(witness, "http://private.example:{port}/")
    assert forbidden(witness) == []
