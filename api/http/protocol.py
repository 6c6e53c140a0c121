"""HTTP/1.1 as Uvicorn speaks it, with refusals of our form also for what is no HTTP."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.problems import MEDIA_TYPE, encode
from pipeline.errors import InvalidRequest
from pipeline.jobs.failures import classify

BAD_REQUEST = 400
LINGER_SECONDS = 2.0


class ProblemProtocol(H11Protocol):
    """Answers a request that cannot be parsed with a problem document; the app never sees such a request."""

    _refused = False

    def data_received(self, data: bytes) -> None:
        """Bytes from the client; those behind a refusal are dropped."""
        if not self._refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Say so and close the connection, where no answer has begun on it."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            error = InvalidRequest(f"{msg} The request line, a header or the framing is malformed or too long.")
            body = encode(classify(error).problem(status=BAD_REQUEST))
            headers = [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ]
            response = h11.Response(status_code=BAD_REQUEST, headers=headers, reason=b"Bad Request")
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.write_eof()
        # With bytes unread the system resets a closed connection, and the client loses the answer.
        self._refused = True
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
