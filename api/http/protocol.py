"""HTTP/1.1 as Uvicorn speaks it: refusals of our form also for what is no HTTP, and answers that are not lost.

Whoever is answered before all of the request was sent goes on sending for a while. With bytes unread the system resets
a connection that is closed, and the client may lose the answer. So the connection is closed for writing only, what
still comes is dropped up to a bound, and some seconds later the connection ends.

Whoever sends slowly holds a connection for a bounded time: here that of a request's head, and of what is left of a body
behind its answer; `requests` bounds bodies while they are read, and `transport` the time for taking an answer. Half of
the files that the process may have open are for connections; more are closed at once, so that whoever opens many does
not take the files of those at work.
"""

import asyncio
import resource
import sys
from http import HTTPStatus
from typing import Literal, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.problems import MEDIA_TYPE, encode
from api.http.requests import DROPPED_BYTES
from api.http.transport import ClientTransport
from pipeline.errors import InvalidRequest, SheafError, UploadStalled
from pipeline.jobs.failures import classify

HEAD_SECONDS = 20.0
"""How long request line and headers may take, from the connection or the first byte of a further request."""
LINGER_SECONDS = 5.0
"""How long what is left of a request may take once it has been answered."""


def most_connections() -> int:
    """Half of the files that this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft // 2


class ProblemProtocol(H11Protocol):
    """Answers a request that cannot be parsed with a problem document (the app never sees it), and loses no answer."""

    _refused = False
    """Whether what was sent is no HTTP."""
    _lingering = False
    _dropped = 0
    _phase: Literal["head", "rest"] | None = None
    """What is being sent that has a time limit of this class."""
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is here."""
        super().connection_made(cast("asyncio.Transport", ClientTransport(transport, self._linger, self.loop)))
        if len(self.connections) > most_connections():
            transport.abort()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or sent away."""
        if self._limit is not None:
            self._limit.cancel()
        cast("ClientTransport", self.transport).forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client; those behind an answer are dropped."""
        self._dropped = self._dropped + len(data) if self._is_answered() else 0
        if self._dropped > DROPPED_BYTES:
            self.transport.close()
            self.flow.pause_reading()
        elif not self._lingering:
            super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """The answer is written; its request may still be coming."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Begin to count the time where another part of a request begins; how much of it comes changes nothing."""
        phase = self._present_phase()
        if phase == self._phase:
            return
        self._phase = phase
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None
        if phase is not None:
            seconds = HEAD_SECONDS if phase == "head" else LINGER_SECONDS
            self._limit = self.loop.call_later(seconds, self._give_up, phase)

    def _present_phase(self) -> Literal["head", "rest"] | None:
        if self._refused or self._lingering:
            return None  # its end is set already
        if self._is_answered():
            return "rest"
        between = self.cycle is None or self.cycle.response_complete
        return "head" if between and self.conn.their_state is h11.IDLE else None

    def _give_up(self, phase: Literal["head", "rest"]) -> None:
        if phase == "head" and self.conn.trailing_data[0]:
            self._refuse(UploadStalled(f"the head did not come within {HEAD_SECONDS:g} s"), HTTPStatus.REQUEST_TIMEOUT)
        else:
            cast("ClientTransport", self.transport).end()

    def _is_answered(self) -> bool:
        """Whether the present request has its answer, and is still being sent."""
        answered = self.cycle is not None and self.cycle.response_complete
        return self._refused or self._lingering or (answered and self.conn.their_state is h11.SEND_BODY)

    def _linger(self) -> bool:
        """Begin to, where the client may still send: the rest of its request, or more than it said that it has."""
        last = self.cycle is not None and self.cycle.response_complete and self.conn.our_state is h11.CLOSED
        if not (last or self._is_answered()):
            return False
        self._lingering = True
        self._unset_keepalive_if_required()
        if self.conn.our_state is not h11.SEND_BODY and self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_SECONDS, cast("ClientTransport", self.transport).end)
        return True

    def shutdown(self) -> None:
        """The server stops: who has its answer is waited for no more."""
        if self._lingering:
            cast("ClientTransport", self.transport).end()
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Say so and close the connection, where no answer has begun on it."""
        malformed = f"{msg} The request line, a header or the framing is malformed or too long."
        self._refuse(InvalidRequest(malformed), HTTPStatus.BAD_REQUEST)

    def _refuse(self, error: SheafError, status: HTTPStatus) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = encode(classify(error).problem(status=status))
            headers = [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ]
            response = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self.transport.close()
