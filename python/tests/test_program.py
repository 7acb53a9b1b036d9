"""Finding the program, handing it words, and what comes back."""

import os
import pathlib
import re
import signal
import stat
import threading
import time

import pytest

import carbonclip
from carbonclip._program import _flags

ROOT = pathlib.Path(__file__).resolve().parents[2]


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_options_become_flags():
    words = _flags(dict(
        target_macs="50%", strict=True, quiet=False, limit=None, data=["a", pathlib.Path("b/c")], lr=-1e-5, batch_size=4))
    assert words == [
        "--target-macs=50%", "--strict", "--data=a", "--data=b/c", "--lr=-1e-05", "--batch-size=4"]


def test_the_program_is_the_one_that_is_named(tmp_path, monkeypatch):
    named = script(tmp_path / "mine", 'echo \'{"named": 1}\'')
    on_path = script(tmp_path / "carbonclip", 'echo \'{"path": 1}\'')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CARBONCLIP", named)
    assert carbonclip.program() == named and carbonclip.run("models") == {"named": 1}
    monkeypatch.delenv("CARBONCLIP")
    assert carbonclip.program() == on_path and carbonclip.run("models") == {"path": 1}
    monkeypatch.setenv("CARBONCLIP", str(tmp_path / "missing"))
    with pytest.raises(carbonclip.CarbonCLIPError, match="which is no program"):
        carbonclip.program()


def test_without_a_program_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("CARBONCLIP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if (ROOT / ".build/release/carbonclip").exists() and ROOT in pathlib.Path(carbonclip.__file__).parents:
        assert carbonclip.program() == str(ROOT / ".build/release/carbonclip")
        return
    with pytest.raises(carbonclip.CarbonCLIPError, match="put it on the PATH"):
        carbonclip.program()


def test_a_checkout_above_is_found(tmp_path, monkeypatch):
    (tmp_path / "Sources/carbonclip").mkdir(parents=True)
    (tmp_path / ".build/release").mkdir(parents=True)
    built = script(tmp_path / ".build/release/carbonclip", "echo '{}'")
    (tmp_path / "Examples").mkdir()
    monkeypatch.delenv("CARBONCLIP", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(tmp_path / "Examples")
    if ROOT in pathlib.Path(carbonclip.__file__).parents:
        pytest.skip("this package lies in a checkout itself, which goes first")
    assert carbonclip.program() == built


def test_progress_is_streamed_while_the_command_runs(tmp_path, monkeypatch):
    gate = tmp_path / "gate"
    monkeypatch.setenv("CARBONCLIP", script(
        tmp_path / "slow",
        f'echo "note: one" >&2; while [ ! -e "{gate}" ]; do sleep 0.01; done; echo "two" >&2; echo "{{\\"done\\": true}}"'))
    lines = []

    def progress(line):
        lines.append(line)
        gate.touch()  # the command ends only after its first line has arrived

    assert carbonclip.run("train", progress=progress) == {"done": True}
    assert lines == ["note: one", "two"]


def test_progress_is_printed_or_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CARBONCLIP", script(
        tmp_path / "program", 'case "$*" in *--quiet*) ;; *) echo "note: hello" >&2 ;; esac; echo "{}"'))
    assert carbonclip.run("models") == {}
    assert capsys.readouterr().err == "note: hello\n"
    assert carbonclip.run("models", progress=None) == {}
    assert capsys.readouterr().err == ""


def test_long_output_does_not_block(tmp_path, monkeypatch):
    monkeypatch.setenv("CARBONCLIP", script(
        tmp_path / "long",
        'i=0; printf "["; while [ $i -lt 30000 ]; do printf "1234567890,"; i=$((i+1)); done; printf "0]"; echo "end" >&2'))
    assert len(carbonclip.run("models", progress=None)) == 30001


def test_an_error_is_one_exception_with_its_line(base):
    with pytest.raises(carbonclip.CarbonCLIPError) as caught:
        carbonclip.evaluate(base, data="no/such", progress=None)
    error = caught.value
    assert str(error) == "no/such: no such file or folder; check the path"
    assert (error.file, error.problem, error.advice, error.exit_code) == (
        "no/such", "no such file or folder", "check the path", 1)
    with pytest.raises(carbonclip.CarbonCLIPError) as caught:
        carbonclip.run("evaluate", pretrained="x", data="y", task="z", progress=None)
    assert caught.value.exit_code == 64 and "\n" not in str(caught.value) and "task" in str(caught.value)
    with pytest.raises(carbonclip.CarbonCLIPError, match="no_such_option|no-such-option"):
        carbonclip.evaluate(base, data="scenes:test?count=2", no_such_option=1, progress=None)


def test_a_program_that_dies_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("CARBONCLIP", script(tmp_path / "program", "kill -9 $$"))
    with pytest.raises(carbonclip.CarbonCLIPError, match="was ended by signal 9"):
        carbonclip.run("models")
    monkeypatch.setenv("CARBONCLIP", script(tmp_path / "program", "echo 'error: it broke' >&2; exit 1"))
    with pytest.raises(carbonclip.CarbonCLIPError, match="^it broke$"):
        carbonclip.run("models")
    monkeypatch.setenv("CARBONCLIP", script(tmp_path / "program", "echo 'no JSON'"))
    with pytest.raises(carbonclip.CarbonCLIPError, match="ended with 0 and no result"):
        carbonclip.run("models")


def test_an_interrupt_reaches_the_command_once_and_waits_for_what_it_saves(tmp_path, monkeypatch):
    saved = tmp_path / "saved"
    monkeypatch.setenv("CARBONCLIP", script(
        tmp_path / "program",
        f"trap 'sleep 0.2; echo stopped >>\"{saved}\"; exit 130' INT; echo ready >&2; while true; do sleep 0.02; done"))
    main = threading.main_thread().ident

    def progress(line):
        threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        carbonclip.run("search", progress=progress)
    assert saved.read_text() == "stopped\n"
    assert time.monotonic() - start < 30


def test_the_wheel_and_the_program_have_one_version(base):
    text = (ROOT / "python/pyproject.toml").read_text()
    own = re.search(r'^version = "(.+)"$', text, re.MULTILINE).group(1)
    assert carbonclip.version() == own
    from importlib.metadata import version
    assert version("carbonclip") == own
