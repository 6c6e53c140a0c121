"""The `ChatModel` on one or several OpenAI-compatible servers."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from http import HTTPStatus

from pipeline.errors import ContextExceeded, ModelError, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.chat import AudioPart, Capabilities, ChatAnswer, ChatRequest, ImagePart, Message, count_tokens
from pipeline.models.openai_api.connection import trusted
from pipeline.models.openai_api.events import Assembly
from pipeline.models.openai_api.faults import Fault, translated
from pipeline.models.openai_api.pool import Pool
from pipeline.models.openai_api.profile import Profile, probe
from pipeline.models.openai_api.server import MAX_ANSWER_BYTES, ModelServer
from pipeline.models.openai_api.watch import Watch
from pipeline.models.openai_api.wire import chat_body, messages_body
from pipeline.models.tokens import Tokens

log = logging.getLogger("sheaf.models")

CAUTIOUS_CONTEXT = 8_192
"""Where neither the settings nor the server say what fits; `sheaf doctor` tells."""
COUNT_SECONDS = 30.0
BYTES_PER_TOKEN = 8 * 1024
"""Of an event of one token with its score; an answer of more bytes than its tokens need is no answer."""
SPARE_BYTES = 1024 * 1024


class OpenAIChatModel:
    """Llama 4, or any other model, on servers that speak OpenAI's chat completions. Thread-safe.

    The servers are asked what they offer at `start`, or else when it is first needed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        trust = trusted()
        self._servers = [ModelServer(each.url, each.api_key, trust) for each in settings.servers]
        self._profiles: dict[ModelServer, Profile] = {}
        self._pool = Pool(
            self._servers, parallel=settings.parallel, max_waiting=settings.max_waiting, alive=self._alive
        )
        self._tokens = Tokens(tokenizer=settings.tokenizer, images=settings.image_tokens, max_tiles=settings.max_tiles)

    @property
    def name(self) -> str:
        """The model's name at the servers."""
        return self._settings.model

    @property
    def capabilities(self) -> Capabilities:
        """As configured, and within that as the servers say.

        Raises:
            ModelUnavailable: the context is not configured, and no server can be asked.
            ModelRejected: the server refuses the key or does not serve the model.
        """
        profiles = self._known()
        told = [profile.context_tokens for profile in profiles if profile.context_tokens]
        if self._settings.context_tokens is not None:
            told.append(self._settings.context_tokens)
        return Capabilities(
            context_tokens=min(told, default=CAUTIOUS_CONTEXT),
            images=self._settings.max_images,
            audio=self._settings.audio,
            json_schema=bool(profiles) and all(profile.dialect.json_schema for profile in profiles),
            scores=bool(profiles) and all(profile.dialect.scores for profile in profiles),
            parallel=self._settings.parallel * len(self._servers),
        )

    @property
    def tokens(self) -> Tokens:
        """As configured; images as Llama 4 counts them where nothing else is said."""
        return self._tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Asked of a server where its make tells, images included; else counted by `tokens`.

        Raises:
            ModelUnavailable: no server can be asked.
            ModelRejected: the server refuses to count.
        """
        for server in self._pool.ranked():
            try:
                return self._count(server, messages)
            except Fault as fault:
                self._note(server, fault)
                failed = fault
                if not fault.others:
                    break
        raise failed.error from failed.__cause__

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """Answer piece by piece; another server is asked where one fails before its first piece.

        `request.timeout_seconds` begins when the request is sent; as long again may be waited for a free server.

        Raises:
            ModelUnavailable: no server can be reached, or has room, or gives a whole answer.
            ModelTimeout: no whole answer in time.
            ModelRejected: the request was refused, or holds what the model does not take.
            ContextExceeded: prompt and answer do not fit the context.
            JobCancelled: `stopped` returned true.
        """
        self._check(request)
        tried: list[ModelServer] = []
        seconds = min(request.timeout_seconds, self._settings.timeout_seconds)
        while True:
            with self._pool.lent(seconds=seconds, stopped=stopped, without=tried) as server:
                fault = yield from self._attempt(server, request, seconds, stopped)
            if fault is None:
                return
            tried.append(server)
            if len(tried) > fault.others or len(tried) == len(self._servers):
                raise fault.error from fault.__cause__

    def start(self) -> None:
        """Ask the servers in the background what they offer, and log it."""
        threading.Thread(target=self._look_around, name="model-servers-start", daemon=True).start()

    def close(self) -> None:
        """Stop looking after the servers; connections are closed with their requests."""
        self._pool.close()

    def survey(self) -> list[tuple[str, Profile | ModelError]]:
        """Each server's name with what it offers, or with what is wrong with it; all are asked anew."""
        return [(server.name, self._surveyed(server)) for server in self._servers]

    def _look_around(self) -> None:
        for name, found in self.survey():
            if isinstance(found, ModelError):
                log.warning("model server %s: %s", name, found.message)
            else:
                log.info("model server %s: %s", name, describe(found))

    def _surveyed(self, server: ModelServer) -> Profile | ModelError:
        try:
            return self._learn(server)
        except Fault as fault:
            return fault.error

    def _learn(self, server: ModelServer) -> Profile:
        profile = probe(server, self._settings.model, self._settings.dialect)
        self._profiles[server] = profile
        return profile

    def _profile(self, server: ModelServer) -> Profile:
        return self._profiles.get(server) or self._learn(server)

    def _known(self) -> list[Profile]:
        """What is known of the servers; where it is nothing, they are asked."""
        if not self._profiles:
            errors = [found for _, found in self.survey() if isinstance(found, ModelError)]
            if len(errors) == len(self._servers) and self._settings.context_tokens is None:
                raise errors[0]
        return list(self._profiles.values())

    def _alive(self, server: ModelServer) -> bool:
        """Whether it answers; a refusal is an answer. What it is may have changed meanwhile."""
        try:
            server.get(self._learn(server).dialect.health)
        except Fault as fault:
            return not isinstance(fault.error, ModelUnavailable | ModelTimeout)
        return True

    def _note(self, server: ModelServer, fault: Fault) -> None:
        if fault.down or fault.pause:
            self._pool.failed(server, down=fault.down, pause=fault.pause)

    def _check(self, request: ChatRequest) -> None:
        parts = [part for message in request.messages for part in message.parts]
        images = sum(isinstance(part, ImagePart) for part in parts)
        if images > self._settings.max_images:
            raise ModelRejected(f"{images} images in one request, and chat.max_images is {self._settings.max_images}")
        if not self._settings.audio and any(isinstance(part, AudioPart) for part in parts):
            raise ModelRejected("the model takes no sound (setting chat.audio)")

    def _count(self, server: ModelServer, messages: Sequence[Message]) -> int:
        dialect = self._profile(server).dialect
        if dialect.count is None:
            return count_tokens(self._tokens, messages)
        body = {"model": self.name, "messages": messages_body(messages, dialect)}
        watch = Watch(seconds=COUNT_SECONDS, max_bytes=MAX_ANSWER_BYTES)
        try:
            found = server.post(dialect.count.path, body, watch)
        except Fault as fault:
            if fault.error.facts.get("status") != HTTPStatus.NOT_FOUND:
                raise
            found = None  # an older version
        count = found.get(dialect.count.field) if isinstance(found, dict) else None
        return count if isinstance(count, int) else count_tokens(self._tokens, messages)

    def _attempt(
        self, server: ModelServer, request: ChatRequest, seconds: float, stopped: Callable[[], bool]
    ) -> Generator[str | ChatAnswer, None, Fault | None]:
        """One server's answer; returns what went wrong."""
        begun = False
        try:
            with closing(self._ask(server, request, seconds, stopped)) as pieces:
                for piece in pieces:
                    begun = True
                    yield piece
        except Fault as fault:
            if begun:
                fault.others = 0  # what was said cannot be taken back
            self._note(server, fault)
            return fault
        return None

    def _ask(
        self, server: ModelServer, request: ChatRequest, seconds: float, stopped: Callable[[], bool]
    ) -> Generator[str | ChatAnswer]:
        """One server's answer; every failure is a `Fault`."""
        profile = self._profile(server)
        tokens = min(request.max_tokens, self._settings.max_output_tokens or request.max_tokens)
        prompt = count_tokens(self._tokens, request.messages)
        self._fit(profile, prompt, tokens)
        body = chat_body(request, self.name, profile.dialect, tokens)
        watch = Watch(seconds=seconds, max_bytes=SPARE_BYTES + tokens * BYTES_PER_TOKEN, stopped=stopped)
        assembly = Assembly(scores=request.scores, max_tokens=tokens)
        try:
            with translated(server.name), closing(server.stream(body, watch)) as events:
                yield from filter(None, map(assembly.add, events))
                yield assembly.answer(model=self.name, server=server.name, prompt_tokens=prompt, tokens=self._tokens)
        except Fault as fault:
            if fault.error.facts.get("status") == HTTPStatus.NOT_FOUND:
                self._learn(server)  # says which models there are, where ours is gone
            raise

    def _fit(self, profile: Profile, prompt: int, answer: int) -> None:
        """Refuse what a server would silently read only the end of."""
        limits = [limit for limit in (profile.context_tokens, self._settings.context_tokens) if limit]
        context = min(limits, default=CAUTIOUS_CONTEXT)
        if profile.dialect.truncates and prompt + answer > context:
            message = f"prompt ({prompt} tokens) and answer ({answer}) exceed {context} tokens"
            raise Fault(ContextExceeded(message, prompt_tokens=prompt))


def describe(profile: Profile) -> str:
    """A server in a line."""
    version = f" {profile.version}" if profile.version else ""
    context = f"{profile.context_tokens} tokens" if profile.context_tokens else "does not tell its context"
    counts = "counts tokens" if profile.dialect.count else "does not count tokens"
    schema = "holds answers to schemas" if profile.dialect.json_schema else "may ignore schemas"
    return f"{profile.dialect.title}{version}, {context}, {counts}, {schema}"
