"""The planner adds up parts; a server counts the whole message. With a tokenizer both must be the same number."""

from pathlib import Path

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from bench.feeding.corpus import Sample, samples
from pipeline.models.chat import ImagePart, count_tokens
from pipeline.models.llama4 import TILE_PX, Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting import wire
from pipeline.prompting.messages import build, tokens_of
from pipeline.prompting.parts import TextPart
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.prepared import Prepared
from pipeline.prompting.templates import render

WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Llama 4's tokenizer splits texts before it looks for tokens."""


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    """A small tokenizer that splits as Llama 4's does, trained on our own texts."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    texts = [part.text for sample in samples(20, seed=1) for part in sample.parts]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2_000, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([*texts, '<page number="3" text="ocr" picture="yes">\n</page>\n'] * 2, trainer)
    path: Path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    made.save(str(path))
    return Tokens(tokenizer=path)


class Pages:
    """Texts as prepared, and pictures of the right size."""

    def __init__(self, prepared: Prepared) -> None:
        self.text = prepared.text

    def images(self, wanted: dict[int, Canvas]) -> dict[int, ImagePart]:
        return {
            number: ImagePart(data=b"", media_type="image/jpeg", width=columns * TILE_PX, height=rows * TILE_PX)
            for number, (rows, columns) in wanted.items()
        }


def assert_counted(parts: list[TextPart], tokens: Tokens, budget: Budget) -> None:
    prompt = render("extract", schema='{"type": "object"}')
    with Prepared(wire.pack(parts), tokens, piece_tokens=600) as prepared:
        for window in plan(prepared.profiles, tokens, budget):
            messages = build(prompt, window, Pages(prepared))
            assert count_tokens(tokens, messages) == tokens_of(prompt, tokens) + window.tokens
            assert window.tokens <= budget.tokens


@pytest.mark.parametrize("sample", list(samples(12, seed=2)), ids=lambda sample: sample.kind)
@pytest.mark.parametrize("budget", [Budget(tokens=20_000, images=4), Budget(tokens=5_000, images=0)])
def test_a_window_costs_what_was_planned_to_the_token(sample: Sample, tokens: Tokens, budget: Budget) -> None:
    assert_counted(sample.parts[:30], tokens, budget)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n  a text in white space \n ",
        "ends in signs ...",
        "</page><|eot|> ends as if it were ours </page>",
        "- begins with a sign",
        "Ünïcödé, 漢字 and 😀",
    ],
)
def test_odd_texts_cost_what_was_planned_too(text: str, tokens: Tokens) -> None:
    parts = [TextPart(number=n, text=text, width=595, height=842) for n in (1, 2, 3)]
    assert_counted(parts, tokens, Budget(tokens=20_000, images=1))
