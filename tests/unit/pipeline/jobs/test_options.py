"""What may be asked for, and what a request means."""

import pytest

from pipeline.errors import InvalidRequest, InvalidWebhookUrl
from pipeline.jobs.options import MAX_METADATA_BYTES, JobOptions, check_options
from pipeline.settings import Webhooks


def test_without_a_word_about_tasks_everything_is_done_that_can_be() -> None:
    assert JobOptions().chosen_tasks() == ["summarize", "index"]
    assert JobOptions(schema="invoice").chosen_tasks() == ["extract", "summarize", "index"]


def test_named_tasks_are_done_in_the_usual_order_and_once() -> None:
    assert JobOptions(tasks=("index", "extract", "index"), schema="invoice").chosen_tasks() == ["extract", "index"]


def test_the_fingerprint_is_that_of_the_meaning_and_the_bytes() -> None:
    usual = JobOptions(schema="invoice", metadata={"a": 1, "b": 2})
    same = JobOptions(
        schema="invoice", metadata={"b": 2, "a": 1}, tasks=("extract", "summarize", "index"), priority=7, batch_id="b"
    )
    assert usual.fingerprint("bytes") == same.fingerprint("bytes")
    others = [
        JobOptions(schema="receipt", metadata={"a": 1, "b": 2}),
        JobOptions(schema="invoice"),
        JobOptions(schema="invoice", metadata={"a": 1, "b": 2}, password="x"),
        JobOptions(schema="invoice", metadata={"a": 1, "b": 2}, collection="c"),
        JobOptions(schema="invoice", metadata={"a": 1, "b": 2}, webhook_url="https://x.example"),
        JobOptions(schema="invoice", metadata={"a": 1, "b": 2}, tasks=("index",)),
    ]
    prints = {options.fingerprint("bytes") for options in (usual, *others)} | {usual.fingerprint("other bytes")}
    assert len(prints) == len(others) + 2


def test_a_password_does_not_show_in_what_is_printed() -> None:
    assert "hunter2" not in repr(JobOptions(password="hunter2"))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (JobOptions(tasks=("translate",)), "tasks"),
        (JobOptions(tasks=()), "tasks"),
        (JobOptions(tasks=("extract",)), "schema"),
        (JobOptions(metadata={"a": "x" * MAX_METADATA_BYTES}), "metadata"),
        (JobOptions(metadata={"a": "half \ud800"}), "metadata"),
        (JobOptions(metadata={"a": 2**70}), "metadata"),
        (JobOptions(password="x" * 1025), "password"),
        (JobOptions(collection=""), "collection"),
        (JobOptions(collection="x" * 121), "collection"),
        (JobOptions(collection="nul \0 byte"), "collection"),
    ],
)
def test_what_cannot_be_done_is_refused_naming_the_field(options: JobOptions, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_options(options, Webhooks())
    assert caught.value.facts["field"] == field


def test_a_webhook_url_passes_the_address_guard() -> None:
    check_options(JobOptions(webhook_url="https://hooks.example.com/in"), Webhooks())
    for url in ("http://127.0.0.1:8080/", "https://user:pw@example.com", "ftp://example.com", "no url"):
        with pytest.raises(InvalidWebhookUrl):
            check_options(JobOptions(webhook_url=url), Webhooks())


def test_what_stands_at_the_limits_passes() -> None:
    check_options(JobOptions(collection="x" * 120, password="y" * 1024, metadata={"a": "z" * 16_000}), Webhooks())
