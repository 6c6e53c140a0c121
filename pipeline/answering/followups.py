"""Follow-up questions to questions that can be understood alone: by the chat model, or by rules."""

import logging
import re
from collections.abc import Callable, Sequence

from pipeline.errors import ModelError
from pipeline.indexing.terms import query_terms, query_words
from pipeline.models.chat import ChatModel, ChatRequest, complete
from pipeline.prompting.fences import neutral
from pipeline.prompting.messages import build
from pipeline.prompting.templates import render

log = logging.getLogger("sheaf.answering")

REMEMBERED = 6
"""Questions before the follow-up that are looked at."""
LONGEST = 2_000
MAX_TOKENS = 300
TIMEOUT_SECONDS = 20.0
FEW_WORDS = 2
"""A question with no more words of meaning says too little of what it is about."""

_GOES_ON = re.compile(
    r"\s*(and|but|what about|how about|und|aber|was ist mit|wie steht es mit|et|mais|qu'en est-il|y|pero|"
    r"e|ma|en|maar)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(it|its|they|them|their|this|that|these|those|there|he|him|his|she|her|same|one|ones|er|sie|es|ihn|ihm|ihr|ihre|"
    r"dies\w*|das|dort|dabei|davon|darin|il|elle|ils|elles|lui|leur|cela|ça|celui|celle|ese|esa|eso|este|esta|esto|lo|"
    r"questo|questa|quello|dat|deze|die)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"\b(of|for|in|from|on|at|by|about|under|von|für|aus|bei|im|am|unter|de|du|des|del|della|dans|pour|para|en|van|voor)\b",
    re.IGNORECASE,
)


def standalone(
    question: str, earlier: Sequence[str], chat: ChatModel | None, stopped: Callable[[], bool] = lambda: False
) -> str:
    """The question with what it takes from the earlier ones (oldest first) written into it.

    A model that fails is stood in for by the rules.

    Raises:
        JobCancelled: `stopped` returned true.
    """
    if not earlier:
        return question
    if chat is None:
        return by_rules(question, earlier)
    try:
        return _by_model(question, earlier[-REMEMBERED:], chat, stopped) or by_rules(question, earlier)
    except ModelError as error:
        log.warning("the follow-up was understood by rules: %s", error.name)
        return by_rules(question, earlier)


def by_rules(question: str, earlier: Sequence[str]) -> str:
    """A question that points back, goes on, or says little takes along what the question before it was about.

    That is what stands behind its first preposition ("the rent of the Harbour Street lease"), else all its words.
    """
    if not (_GOES_ON.match(question) or _POINTS_BACK.search(question) or _words(question) <= FEW_WORDS):
        return question
    before = earlier[-1]
    preposition = _PREPOSITION.search(before)
    about = before[preposition.end() :] if preposition else before
    known = set(query_terms(question))
    added = [
        word for word in re.findall(r"[\w.,/-]*\w", about) if (terms := query_terms(word)) and not known & set(terms)
    ]
    return f"{question} ({' '.join(added)})" if added else question


def _by_model(question: str, earlier: Sequence[str], chat: ChatModel, stopped: Callable[[], bool]) -> str:
    prompt = render("rewrite", conversation="\n".join(earlier), question=question)
    request = ChatRequest(messages=build(prompt), max_tokens=MAX_TOKENS, timeout_seconds=TIMEOUT_SECONDS)
    answer = complete(chat, request, stopped)
    text = " ".join(neutral(answer.text).split())
    return text if answer.finish_reason == "stop" and len(text) <= LONGEST else ""


def _words(question: str) -> int:
    return len(query_words(question))
