"""Figures for Prometheus."""

from api.http.metrics import exposition
from pipeline.stores.records.figures import Figures


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


def test_an_empty_queue_is_shown_as_zero():
    lines = exposition(Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})).splitlines()
    assert 'sheaf_queue_depth{queue="infer"} 0' in lines
    assert 'sheaf_queue_oldest_seconds{queue="infer"} 0' in lines


def test_every_metric_says_what_it_means_and_of_what_type_it_is():
    lines = exposition(Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})).splitlines()
    names = {line.split("{")[0] for line in lines if not line.startswith("#")}
    for name in names:
        assert any(line.startswith(f"# HELP {name} ") for line in lines)
        assert f"# TYPE {name} gauge" in lines
