"""The door to the benches."""

import json
import os
import subprocess
import sys

import pytest

from bench import hostile
from bench.__main__ import benches, run
from bench.service import proportional_bytes, resident_bytes, tree


def test_a_bench_is_a_module_with_a_main():
    assert "hostile" in benches()
    assert not {"service", "__main__", "__init__"} & set(benches())


def test_an_unknown_bench_is_refused(capsys):
    with pytest.raises(SystemExit):
        run(["nothing"])
    assert "hostile" in capsys.readouterr().err


def test_the_last_line_is_the_figures(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(hostile, "main", lambda quick, folder: print("working") or {"quick": quick, "at": folder.name})
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert run(["hostile", "--quick", "--folder", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"quick": True, "at": tmp_path.name}


def test_memory_of_a_process_and_its_children_is_read_from_outside():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in tree(os.getpid())
        assert resident_bytes(os.getpid()) >= proportional_bytes(os.getpid()) > 0
        child.communicate(b"\n")
    assert resident_bytes(child.pid) == 0
