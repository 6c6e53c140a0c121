"""A server with continuous batching, simulated step by step in virtual time.

In each step every running answer gets a token, and what is left of the step's tokens reads prompts, in chunks. Blocks
of prompt tokens that were read before are found in the prefix cache and not read again. What a step takes, and how much
is held, is about what Llama 4 Scout in INT4 would do on one H200: derived, not measured.
"""

import math
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from bench.feeding.clock import Clock, Signal
from pipeline.models.chat import ImagePart, Message
from pipeline.models.tokens import Tokens

BLOCK_TOKENS = 16
TOKEN_BYTES = 3
"""Of text; `Tokens` without a tokenizer counts three bytes for one."""
TURN = b"\x00\x00\x01"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """How fast the server is, and how much it holds."""

    prompt_tokens_per_second: float = 12_000.0
    step_seconds: float = 0.02
    """Of reading the weights once."""
    answer_seconds: float = 0.0003
    """What each running answer adds to a step."""
    step_tokens: int = 8_192
    kv_tokens: int = 800_000
    requests: int = 64


@dataclass(slots=True, eq=False)
class Request:
    """A prompt as blocks of tokens, and the answer's length."""

    blocks: list[int]
    prompt_tokens: int
    answer_tokens: int
    cached_tokens: int = 0
    read: int = 0
    """Prompt tokens that are in the KV cache."""
    said: int = 0
    began: Signal = field(default_factory=Signal)
    ended: Signal = field(default_factory=Signal)


class Server:
    """Takes requests, answers them, and notes what it did."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._clock = clock
        self._rates = rates
        self._waiting: list[Request] = []
        self._running: list[Request] = []
        self._cache: OrderedDict[int, None] = OrderedDict()
        self._used: Counter[int] = Counter()
        """How many running requests hold a block; such a block stays."""
        self._stepping = False
        self._full = False
        """Whether the first that waits has no room until somebody ends."""
        self.first_request = math.inf
        self.last_end = 0.0
        self.busy_seconds = 0.0
        self.read_tokens = 0
        self.request_seconds = 0.0
        """Summed over requests that were there."""

    def send(self, request: Request) -> None:
        """A request arrives."""
        self.first_request = min(self.first_request, self._clock.now)
        self._waiting.append(request)
        if not self._stepping:
            self._stepping = True
            self._clock.at(self._clock.now, self._step)

    def _step(self) -> None:
        self._admit()
        if not self._running:
            self._stepping = False
            return
        answering = [request for request in self._running if request.read >= request.prompt_tokens]
        room = self._rates.step_tokens - len(answering)
        reading = []
        for request in self._running:
            chunk = min(room, request.prompt_tokens - request.read)
            if chunk > 0:
                reading.append((request, chunk))
                room -= chunk
        tokens = sum(chunk for _, chunk in reading)
        rates = self._rates
        seconds = rates.step_seconds + tokens / rates.prompt_tokens_per_second + len(answering) * rates.answer_seconds
        self.busy_seconds += seconds
        self.read_tokens += tokens
        self.request_seconds += seconds * (len(self._running) + len(self._waiting))
        self._clock.at(self._clock.now + seconds, lambda: self._finish(answering, reading))

    def _finish(self, answering: list[Request], reading: list[tuple[Request, int]]) -> None:
        for request, chunk in reading:
            request.read += chunk
            if request.read >= request.prompt_tokens:
                self._remember(request)
                request.said += 1
                self._clock.happen(request.began)
        for request in answering:
            request.said += 1
        for request in [each for each in self._running if each.said >= each.answer_tokens]:
            self._running.remove(request)
            self._full = False
            self._let_go(request)
            self.last_end = self._clock.now
            self._clock.happen(request.ended)
        # At the same time, but after those who were told: what they send at once is there for the next step.
        self._clock.at(self._clock.now, lambda: self._clock.at(self._clock.now, self._step))

    def _admit(self) -> None:
        while self._waiting and len(self._running) < self._rates.requests and not self._full:
            request = self._waiting[0]
            needed = sum(block not in self._used for block in request.blocks) * BLOCK_TOKENS + request.answer_tokens
            if self._held() + needed > self._rates.kv_tokens and self._running:
                self._full = True
                return
            del self._waiting[0]
            self._running.append(request)
            request.cached_tokens = request.read = self._known(request)
            self._used.update(request.blocks)
            self._make_room()

    def _held(self) -> int:
        """Tokens of the KV cache that running requests hold or will; what they share is held once."""
        return len(self._used) * BLOCK_TOKENS + sum(request.answer_tokens for request in self._running)

    def _known(self, request: Request) -> int:
        known = 0
        for block in request.blocks:
            if block not in self._cache:
                break
            known += BLOCK_TOKENS
        return min(known, request.prompt_tokens - 1)

    def _remember(self, request: Request) -> None:
        """What was read can be found from now on."""
        self._cache.update(dict.fromkeys(request.blocks))

    def _let_go(self, request: Request) -> None:
        """Its blocks stay until room is needed, those longest that were used last."""
        self._used.subtract(request.blocks)
        for block in reversed(request.blocks):
            self._cache.move_to_end(block)
            if not self._used[block]:
                del self._used[block]

    def _make_room(self) -> None:
        """Forget blocks that nobody uses, those first that were not used for longest."""
        free = [block for block in self._cache if block not in self._used]
        too_many = len(free) - (self._rates.kv_tokens - self._held()) // BLOCK_TOKENS
        for block in free[: max(0, too_many)]:
            del self._cache[block]


def request_of(messages: list[Message], tokens: Tokens, answer_tokens: int) -> Request:
    """What a server makes of messages: tokens in blocks, each named by all that stands before it."""
    stream = bytearray()
    for message in messages:
        stream += TURN * tokens.turn
        for part in message.parts:
            if isinstance(part, ImagePart):
                stream += part.data[:TOKEN_BYTES] * tokens.image(part.width, part.height)
            else:
                assert isinstance(part, str)
                text = part.encode()
                stream += text + bytes(-len(text) % TOKEN_BYTES)
    stream += TURN * tokens.prompt
    blocks, block = [], 0
    size = BLOCK_TOKENS * TOKEN_BYTES
    data = bytes(stream)
    for start in range(0, len(data) - size + 1, size):
        block = hash((block, data[start : start + size]))
        blocks.append(block)
    return Request(blocks=blocks, prompt_tokens=len(data) // TOKEN_BYTES, answer_tokens=answer_tokens)
