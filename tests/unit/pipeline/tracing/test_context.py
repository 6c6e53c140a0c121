"""`traceparent` by the letter of W3C Trace Context, and hostile ones as if there were none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tracing.context import LENGTH, TraceContext, parse, received

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_the_example_of_the_standard_is_read() -> None:
    assert parse(GOOD) == TraceContext(trace_id=TRACE, span_id=SPAN, sampled=True)
    assert len(GOOD) == LENGTH


@given(st.integers(1, 2**128 - 1).map("{:032x}".format), st.integers(1, 2**64 - 1).map("{:016x}".format), st.booleans())
def test_what_is_written_is_read_again(trace: str, span: str, sampled: bool) -> None:
    context = TraceContext(trace_id=trace, span_id=span, sampled=sampled)
    assert len(context.header()) == LENGTH
    assert parse(context.header()) == context


@pytest.mark.parametrize("flags", ["00", "02", "fe"])
def test_of_the_flags_only_the_sampled_one_counts(flags: str) -> None:
    context = parse(f"00-{TRACE}-{SPAN}-{flags}")
    assert context is not None
    assert not context.sampled
    assert context.header().endswith("-00")


def test_a_later_version_is_read_as_far_as_it_is_known_and_sent_on_as_ours() -> None:
    context = parse(f"cc-{TRACE}-{SPAN}-01-what-comes-later")
    assert context is not None
    assert context.header() == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        GOOD[:-1],
        GOOD + "0",
        GOOD + "-more",
        f"cc{GOOD[2:]}.more",
        f"ff{GOOD[2:]}",
        f"0g{GOOD[2:]}",
        GOOD.upper(),
        GOOD.replace("-", "_"),
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}z-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1\n",
        f" {GOOD[1:]}",
        f"00-{TRACE}-{SPAN}-0\uff11",
        f"cc{GOOD[2:]}-{'a' * 100_000}",
        "a" * 10_000_000,
        "00-" * 85,
    ],
    ids=lambda text: f"{text[:60]}… {len(text)}",
)
def test_what_is_malformed_or_too_long_is_no_context(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=300))
def test_whatever_comes_nothing_but_the_standards_form_is_sent_on(text: str) -> None:
    context = parse(text)
    assert context is None or parse(context.header()) == context


def test_two_headers_are_as_none() -> None:
    assert received([GOOD]) == parse(GOOD)
    assert received([]) is None
    assert received([GOOD, GOOD]) is None
