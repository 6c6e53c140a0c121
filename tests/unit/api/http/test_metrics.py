"""Figures for Prometheus."""

from api.http.metrics import exposition
from pipeline.stores.records.figures import Figures
from pipeline.stores.records.generations import Progress
from pipeline.stores.records.usage import UsageSum


def test_figures_are_shown_by_status_and_queue():
    figures = Figures(
        jobs={"succeeded": 1_234_567, "failed": 2},
        stages={("read", "ready"): 3, ("read", "running"): 1, ("infer", "waiting"): 9},
        oldest_seconds={"read": 12.5},
        deliveries={"pending": 4},
    )
    lines = exposition(figures).splitlines()
    assert 'sheaf_jobs{status="succeeded"} 1234567' in lines
    assert 'sheaf_queue_depth{queue="read"} 3' in lines
    assert 'sheaf_queue_running{queue="read"} 1' in lines
    assert 'sheaf_queue_oldest_seconds{queue="read"} 12.5' in lines
    assert 'sheaf_webhook_deliveries{status="pending"} 4' in lines


def test_an_index_that_is_being_filled_is_shown_by_state():
    figures = Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={}, rebuild=Progress(total=9, done=5, failed=1))
    lines = exposition(figures).splitlines()
    assert 'sheaf_index_rebuild_documents{state="indexed"} 5' in lines
    assert 'sheaf_index_rebuild_documents{state="waiting"} 3' in lines
    assert 'sheaf_index_rebuild_documents{state="failed"} 1' in lines


def test_an_empty_queue_is_shown_as_zero():
    lines = exposition(Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})).splitlines()
    assert 'sheaf_queue_depth{queue="infer"} 0' in lines
    assert 'sheaf_queue_oldest_seconds{queue="infer"} 0' in lines


def test_every_metric_says_what_it_means_and_of_what_type_it_is():
    lines = exposition(Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})).splitlines()
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    for name in names:
        assert any(line.startswith(f"# HELP {name} ") for line in lines)
        assert f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}" in lines


def test_what_was_read_and_spent_is_shown_by_model():
    spent = {"day": None, "jobs": 0, "cached_tokens": 5, "seconds": 1.0}
    figures = Figures(
        jobs={},
        stages={},
        oldest_seconds={},
        deliveries={},
        ended={"read": (4, 10.0)},
        usage=[
            UsageSum(model=None, pages=7, calls=0, input_tokens=0, output_tokens=0, cost_millionths=0, **spent),
            UsageSum(model='a"b', pages=0, calls=2, input_tokens=30, output_tokens=9, cost_millionths=1500, **spent),
        ],
        receivers_open=3,
    )
    lines = exposition(figures).splitlines()
    assert "sheaf_pages_total 7" in lines
    assert 'sheaf_tokens_total{model="a\\"b",kind="input"} 30' in lines
    assert 'sheaf_tokens_total{model="a\\"b",kind="cached"} 5' in lines
    assert 'sheaf_cost_total{model="a\\"b"} 0.0015' in lines
    assert 'sheaf_stages_ended{stage="read"} 4' in lines
    assert 'sheaf_stage_seconds{stage="read"} 2.5' in lines
    assert "sheaf_webhook_receivers_open 3" in lines
