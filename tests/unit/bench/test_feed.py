import pytest

from bench import feed
from bench.feeding.clock import Clock, Cores
from bench.feeding.corpus import KINDS, samples
from bench.feeding.server import BLOCK_TOKENS, Rates, Request, Server, request_of
from pipeline.models.chat import ImagePart, Message, count_tokens
from pipeline.models.tokens import Tokens

RATES = Rates(
    prompt_tokens_per_second=1_000, step_seconds=0.1, answer_seconds=0, step_tokens=1_000, kv_tokens=10_000, requests=4
)


def request(blocks: list[int], answer: int = 10) -> Request:
    return Request(blocks=blocks, prompt_tokens=len(blocks) * BLOCK_TOKENS, answer_tokens=answer)


def served(rates: Rates, *arrivals: tuple[float, Request]) -> Server:
    clock = Clock()
    server = Server(clock, rates)
    for time, each in arrivals:
        clock.at(time, lambda each=each: server.send(each))
    clock.run()
    return server


def test_an_answer_takes_the_time_of_its_prompt_and_its_steps() -> None:
    server = served(RATES, (5.0, request(list(range(50)), answer=11)))
    assert server.first_request == 5.0
    assert server.last_end == pytest.approx(5.0 + 0.1 + 0.8 + 10 * 0.1)
    assert server.busy_seconds == pytest.approx(1.9)


def test_answers_share_their_steps() -> None:
    one = served(RATES, (0.0, request([1])))
    four = served(RATES, *((0.0, request([n])) for n in range(4)))
    assert four.last_end == pytest.approx(one.last_end + 3 * BLOCK_TOKENS / 1_000)


def test_a_server_that_is_left_alone_is_not_busy() -> None:
    server = served(RATES, (0.0, request([1])), (100.0, request([2])))
    assert server.busy_seconds < 3
    assert server.last_end > 100


def test_a_prefix_that_was_read_before_is_found_and_not_read_again() -> None:
    first, second, other = request([1, 2, 3]), request([1, 2, 4]), request([9, 8])
    server = served(RATES, (0.0, first), (50.0, second), (100.0, other))
    assert [each.cached_tokens for each in (first, second, other)] == [0, 2 * BLOCK_TOKENS, 0]
    assert server.read_tokens == (3 + 1 + 2) * BLOCK_TOKENS


def test_a_prompt_that_is_all_cached_is_still_read_by_its_last_token() -> None:
    again = request([1, 2])
    served(RATES, (0.0, request([1, 2])), (50.0, again))
    assert again.cached_tokens == 2 * BLOCK_TOKENS - 1


def test_blocks_that_were_not_used_for_longest_give_way() -> None:
    rates = Rates(kv_tokens=40 * BLOCK_TOKENS)
    first, last = request(list(range(20))), request(list(range(20)))
    served(rates, (0.0, first), (50.0, request(list(range(100, 135)))), (100.0, last))
    assert last.cached_tokens < 20 * BLOCK_TOKENS


def test_requests_wait_where_the_cache_has_no_room() -> None:
    rates = Rates(kv_tokens=100 * BLOCK_TOKENS)
    two = [request([n * 1_000 + b for b in range(60)]) for n in range(2)]
    alone = served(rates, (0.0, request(list(range(60)))))
    server = served(rates, *((0.0, each) for each in two))
    assert server.last_end == pytest.approx(2 * alone.last_end)


def test_messages_have_as_many_tokens_as_are_counted() -> None:
    tokens = Tokens()
    picture = ImagePart(data=b"abc", media_type="image/jpeg", width=672, height=672)
    messages = [Message(role="system", parts=["Be exact."]), Message(role="user", parts=["Look:", picture, "Grüße"])]
    made = request_of(messages, tokens, 5)
    assert made.prompt_tokens == count_tokens(tokens, messages)
    assert len(made.blocks) == made.prompt_tokens // BLOCK_TOKENS


def test_processors_work_for_one_at_a_time() -> None:
    clock = Clock()
    cores = Cores(clock, 2)
    ends = []

    def process():
        yield from cores.spend(1.0)
        ends.append(clock.now)

    for _ in range(5):
        clock.start(process())
    clock.run()
    assert ends == [1.0, 1.0, 2.0, 2.0, 3.0]


def test_samples_are_the_same_each_time_and_of_all_kinds() -> None:
    made = list(samples(200))
    assert [sample.parts for sample in made] == [sample.parts for sample in samples(200)]
    assert {sample.kind for sample in made} == {kind.name for kind in KINDS}
    texts = [part.text for sample in made for part in sample.parts]
    assert len(set(texts)) == len(texts)


def test_the_bench_finds_the_server_busy_and_few_tokens_wasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "QUICK", 60)
    found = feed.main(quick=True)
    assert found["busy"] >= 0.95
    assert found["tokens_over_minimum"] <= 0.04
    assert found["prefix_hit_rate"] >= 0.98
    assert found["docs_per_s"] > 0
    assert 0.8 <= found["ratio_to_flood"] <= 1.2
