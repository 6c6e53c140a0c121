"""The demonstration as users start it: real processes, real documents, real webhooks."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import examples
from examples.demo.__main__ import NEXT_COMMANDS
from examples.demo.expectations import EXAMPLES, QUESTIONS
from examples.demo.service import Service, ServiceError

ROOT = Path(examples.__file__).parent.parent
COMMAND = [sys.executable, "-m", "examples.demo"]


@pytest.mark.timeout(600)
def test_the_demonstration_finds_every_value_right_and_says_what_to_try_next() -> None:
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("received and verified") == len(EXAMPLES)
    assert all(question.text in done.stdout for question in QUESTIONS)
    assert all(command in done.stdout for command, _ in NEXT_COMMANDS)


def test_an_interrupted_demonstration_stops_its_service() -> None:
    # Where the tests run in a shell's background, SIGINT is ignored, and whoever is started here would ignore it, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        demo = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert demo.stdout is not None
    ready = next(line for line in demo.stdout if "is ready at" in line)
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=150)
    assert demo.returncode == 130
    assert "Stopped." in rest
    with pytest.raises(ConnectionRefusedError):
        _connect(ready.split("://")[1].split()[0])


def _connect(address: str) -> None:
    host, _, port = address.partition(":")
    socket.create_connection((host, int(port)), timeout=30).close()


def test_a_service_that_cannot_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the data folder should be")
    with Service(tmp_path, batch_root=tmp_path, receiver_port=9) as service, pytest.raises(ServiceError, match="data"):
        service.wait_until_ready(lambda _: None)
