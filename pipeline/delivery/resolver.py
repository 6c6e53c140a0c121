"""Looks up the addresses of a host name, within a time."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence

from pipeline.errors import DeliveryError

Resolver = Callable[[str, int, float], list[str]]
"""`(host, port, seconds) → addresses`, in the order to try them; raises `DeliveryError` where there is none."""


def _ask(host: str, port: int) -> list[str] | OSError:
    try:
        return _unique(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except OSError as error:
        return error
    except UnicodeError as error:  # the `idna` codec inside getaddrinfo on a label that is too long
        return OSError(str(error))


def _unique(found: Sequence[tuple[object, object, object, object, tuple[object, ...]]]) -> list[str]:
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def lookup(host: str, port: int, timeout: float, *, ask: Callable[[str, int], list[str] | OSError] = _ask) -> list[str]:
    """Ask the system's resolver.

    `getaddrinfo` knows no time limit, so it runs in a thread of its own that is left behind when it takes too long.

    Raises:
        DeliveryError: there is no such host, or no answer in time.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(ask(host, port)), name="lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout, 0.0))
    except queue.Empty as error:
        raise DeliveryError("the webhook's host name was not resolved in time") from error
    if isinstance(answer, OSError):
        raise DeliveryError("the webhook's host name cannot be resolved") from answer
    return answer


def numeric(host: str, port: int) -> list[str]:
    """The addresses of a host that is itself a number, in any form that the system takes (`127.1`, `0x7f000001`).

    Empty for a name; nothing is asked of the network.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return _unique(found)
