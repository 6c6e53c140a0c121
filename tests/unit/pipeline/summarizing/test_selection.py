import numpy as np

from pipeline.summarizing.selection import select


def cosines(count: int, **alike: float) -> np.ndarray:
    made = np.zeros((count, count), dtype=np.float32)
    for pair, value in alike.items():
        i, j = (int(part) for part in pair.strip("_").split("_"))
        made[i, j] = made[j, i] = value
    return made


def scores(*values: float) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)


def test_the_best_are_chosen_and_given_in_their_order() -> None:
    assert select(scores(0.2, 0.9, 0.1, 0.8), cosines(4), [1, 2, 3, 4], 2) == [1, 3]


def test_what_repeats_a_chosen_sentence_is_passed_over() -> None:
    assert select(scores(0.9, 0.85, 0.6), cosines(3, _0_1=0.95), [1, 2, 3], 2) == [0, 2]


def test_of_like_sentences_one_from_another_section_is_taken() -> None:
    assert select(scores(0.9, 0.61, 0.6), cosines(3), ["a", "a", "b"], 2) == [0, 2]


def test_worthless_sentences_are_never_chosen() -> None:
    assert select(scores(0.5, 0.0), cosines(2), ["a", "a"], 2) == [0]
    assert select(scores(), cosines(0), [], 3) == []
