"""What a child is given: an environment of constants."""

from pipeline.reading.child import limits


def test_nothing_of_the_services_environment_is_passed_on(monkeypatch):
    monkeypatch.setenv("SHEAF_ACCESS__BOOTSTRAP_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "secret" not in limits.environment().values()


def test_libraries_are_told_to_start_no_threads_and_to_send_nothing_home():
    environment = limits.environment()
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"


def test_the_limits_in_force_can_be_told():
    assert set(limits.describe()) == {"AS", "CPU", "FSIZE", "NOFILE", "CORE", "NPROC"}
