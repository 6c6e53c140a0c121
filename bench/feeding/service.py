"""The loops of production in virtual time: documents worked on side by side, their windows asked about in parallel.

Plans, messages and the order of requests are made by the code that production runs. What is simulated is what takes
time: the server, and this side's processors, which prepare, draw and merge.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.feeding import corpus
from bench.feeding.clock import Clock, Cores, Process, Signal
from bench.feeding.corpus import Sample
from bench.feeding.server import BLOCK_TOKENS, Rates, Request, Server, request_of
from pipeline.models.admission import Admission, Ticket
from pipeline.models.chat import ImagePart
from pipeline.models.feeding import at_once, documents_at_once
from pipeline.models.llama4 import TILE_PX, Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting import wire
from pipeline.prompting.messages import build, tokens_of
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.prepared import Prepared
from pipeline.prompting.templates import Prompt, render, schema_text
from pipeline.prompting.windows import Window

TOKENS = Tokens()


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What production would be set to."""

    budget: Budget
    parallel: int = 32
    """Requests that the server is worth."""
    cores: int = 8
    prepare_seconds: float = 0.05
    prepare_page_seconds: float = 0.004
    picture_seconds: float = 0.06
    merge_seconds: float = 0.05
    """Of one core each, as measured on the machine that this was written on, roughly."""
    flood: bool = False
    """Whether everything is thrown at the server at once, to see what it can do."""


@dataclass(slots=True)
class Counts:
    """What was sent, and what would have been enough."""

    requests: int = 0
    prompt_tokens: int = 0
    minimum_tokens: int = 0
    pages: int = 0
    hits: int = 0
    """Requests that found the whole constant prefix in the cache."""
    by_schema: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Pages:
    """The material of a sample: its texts, and pictures that are only their size and a name of three bytes."""

    def __init__(self, prepared: Prepared, name: int) -> None:
        self._prepared = prepared
        self._name = name

    def text(self, number: int) -> str:
        """As prepared."""
        return self._prepared.text(number)

    def images(self, wanted: dict[int, Canvas]) -> dict[int, ImagePart]:
        """Of the right size; no other page of any document has the same."""
        return {
            number: ImagePart(
                data=(self._name * 256 + number).to_bytes(3, "big"),
                media_type="image/jpeg",
                width=columns * TILE_PX,
                height=rows * TILE_PX,
            )
            for number, (rows, columns) in wanted.items()
        }


class Service:
    """Works through samples as the workers of one process do."""

    def __init__(self, setup: Setup, rates: Rates) -> None:
        self.clock = Clock()
        self.server = Server(self.clock, rates)
        self.counts = Counts()
        self._setup = setup
        self._cores = Cores(self.clock, setup.cores)
        self._admission = Admission(10**9 if setup.flood else at_once(setup.parallel))
        self._turns: dict[Ticket, Signal] = {}
        self._prompts = {kind.schema: _prompt(kind.schema) for kind in corpus.KINDS}

    def run(self, samples: Iterator[Sample]) -> None:
        """Work through all of them."""
        numbered = enumerate(samples)
        workers = 10**6 if self._setup.flood else documents_at_once(self._setup.parallel)
        if self._setup.flood:
            for number, sample in numbered:
                self.clock.start(self._document(sample, number))
        else:
            for _ in range(workers):
                self.clock.start(self._worker(numbered))
        self.clock.run()

    def _worker(self, numbered: Iterator[tuple[int, Sample]]) -> Process:
        for number, sample in numbered:
            yield from self._document(sample, number)

    def _document(self, sample: Sample, number: int) -> Process:
        setup = self._setup
        yield from self._cores.spend(setup.prepare_seconds + setup.prepare_page_seconds * len(sample.parts))
        prompt = self._prompts[sample.schema]
        with Prepared(wire.pack(sample.parts), TOKENS) as prepared:
            windows = plan(prepared.profiles, TOKENS, setup.budget)
            self._count(sample, windows, prompt)
            todo = iter(windows)
            rows = {part.number: part.rows for part in sample.parts}
            pages = Pages(prepared, number)
            threads = min(setup.parallel, len(windows))
            ended = [self.clock.start(self._windows(todo, sample, prompt, pages, rows)) for _ in range(threads)]
            yield from ended
        yield from self._cores.spend(setup.merge_seconds)

    def _windows(
        self, todo: Iterator[Window], sample: Sample, prompt: Prompt, pages: Pages, rows: dict[int, int]
    ) -> Process:
        """One of the threads that ask about the windows of a document."""
        for window in todo:
            if window.images:
                yield from self._cores.spend(self._setup.picture_seconds * window.images)
            messages = build(prompt, window, pages)
            own = window.forms[window.overlap :]
            answer = min(4_096, 150 + sum(25 * rows[form.number] for form in own))
            request = request_of(messages, TOKENS, answer)
            yield from self._asked(request, Ticket(owner=str(id(pages)), prefix=sample.schema))
            self._note(request, sample.schema, prompt)

    def _asked(self, request: Request, ticket: Ticket) -> Process:
        turn = self._turns[ticket] = Signal()
        self._admission.ask(ticket)
        self._admit()
        yield turn
        self.server.send(request)
        yield request.began
        self._admission.begun(ticket)
        self._admit()
        yield request.ended
        self._admission.end(ticket)
        self._admit()

    def _admit(self) -> None:
        for ticket in self._admission.admit():
            self.clock.happen(self._turns.pop(ticket))

    def _count(self, sample: Sample, windows: list[Window], prompt: Prompt) -> None:
        own = sum(form.tokens for window in windows for form in window.forms[window.overlap :])
        self.counts.minimum_tokens += own + tokens_of(prompt, TOKENS)
        self.counts.pages += len(sample.parts)

    def _note(self, request: Request, schema: str, prompt: Prompt) -> None:
        constant = TOKENS.text(prompt.system) + TOKENS.text(prompt.instructions)
        self.counts.requests += 1
        self.counts.prompt_tokens += request.prompt_tokens
        self.counts.by_schema[schema] += 1
        self.counts.hits += request.cached_tokens >= constant // BLOCK_TOKENS * BLOCK_TOKENS


def _prompt(schema: str) -> Prompt:
    return render("extract", schema=schema_text(corpus.schema(schema)))
