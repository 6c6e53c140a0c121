"""What the engine says about itself, as a running vLLM 0.32 printed it."""

from workers.gpu.figures import EngineFigures, Totals, parse_figures

RECORDED = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama4-tiny"} 3.0
vllm:num_requests_waiting{engine="0",model_name="llama4-tiny"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="llama4-tiny",reason="capacity"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="llama4-tiny",reason="deferred"} 0.0
vllm:kv_cache_usage_perc{engine="0",model_name="llama4-tiny"} 0.125
vllm:prefix_cache_queries_total{engine="0",model_name="llama4-tiny"} 2519.0
vllm:prefix_cache_queries_created{engine="0",model_name="llama4-tiny"} 1.7952646663355393e+09
vllm:prefix_cache_hits_total{engine="0",model_name="llama4-tiny"} 1408.0
vllm:prompt_tokens_total{engine="0",model_name="llama4-tiny"} 2519.0
vllm:generation_tokens_total{engine="0",model_name="llama4-tiny"} 120.0
vllm:admission_rejections_total{model_name="llama4-tiny",reason="max_num_queued_reqs"} 1.0
vllm:admission_rejections_total{model_name="llama4-tiny",reason="max_num_queued_tokens"} 4.0
vllm:admission_rejections_created{model_name="llama4-tiny",reason="max_num_queued_reqs"} 1.7952646663359563e+09
"""


def test_the_wanted_figures_are_read_and_the_others_passed_over():
    assert parse_figures(RECORDED) == EngineFigures(
        running=3,
        waiting=2,
        kv_usage=0.125,
        prefix_queries_total=2519,
        prefix_hits_total=1408,
        prompt_tokens_total=2519,
        generation_tokens_total=120,
        rejections_total=5,
    )


def test_what_is_no_metrics_is_no_figures():
    assert parse_figures("<html>\n\nvllm:num_requests_running many\nvllm:num_requests_waiting") == EngineFigures()


def test_counters_go_on_over_restarts():
    totals = Totals()
    totals.observe(EngineFigures(prompt_tokens_total=10))
    totals.observe(EngineFigures(prompt_tokens_total=30))
    totals.restart()
    assert totals.totals()["prompt_tokens_total"] == 30
    totals.observe(EngineFigures(prompt_tokens_total=5))
    assert totals.totals()["prompt_tokens_total"] == 35
