"""What every adapter of `Embedder` must do; a subclass gives the fixture `model`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pipeline.models.embedding import Embedder

TEXTS = [
    "A man is eating food.",
    "Payment is due within 30 days of the invoice date (INV-2024-0042).",
    "Le contrat est régi par le droit français. 契約は日本法に準拠する。",
    "x",
    "",
    "The quick brown fox jumps over the lazy dog. " * 12,
]


class EmbedderContract:
    """The contract test class."""

    def test_rows_come_in_the_order_given_and_do_not_depend_on_the_batch(self, model: Embedder) -> None:
        together = model.embed(TEXTS)
        assert together.shape == (len(TEXTS), model.dimensions)
        assert together.dtype == np.float32
        for text, vector in zip(TEXTS, together, strict=True):
            np.testing.assert_allclose(model.embed([text])[0], vector, atol=1e-5)

    def test_every_vector_has_length_1_whatever_the_text(self, model: Embedder) -> None:
        odd = ["", " ", "\0\0", "half a pair \ud83d", "🙂" * 400, "a" * 100_000, "\n".join("word" for _ in range(2000))]
        np.testing.assert_allclose(np.linalg.norm(model.embed(odd), axis=1), 1, atol=1e-5)

    def test_no_texts_give_no_rows(self, model: Embedder) -> None:
        assert model.embed([]).shape == (0, model.dimensions)

    def test_tokens_are_counted_uncut_while_vectors_see_the_first(self, model: Embedder) -> None:
        long = "word " * 1000
        assert model.count_tokens("one two") == 4
        assert model.count_tokens(long) == 1002
        np.testing.assert_allclose(model.embed([long]), model.embed(["word " * (model.max_tokens - 2)]), atol=1e-6)

    def test_the_same_words_are_nearer_than_others(self, model: Embedder) -> None:
        a, b, c = model.embed(["payment of the invoice", "the invoice and its payment", "a cat on a sofa"])
        assert a @ b > a @ c + 0.2

    def test_threads_can_share_it(self, model: Embedder) -> None:
        expected = model.embed(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(lambda _: model.embed(TEXTS), range(8)):
                np.testing.assert_allclose(vectors, expected, atol=1e-5)
