# Copyright 2026 The CarbonCLIP authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the program and runs it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading


class CarbonCLIPError(Exception):
    """What the program refused or could not do: its one line, and the parts of it."""

    def __init__(self, line, *, problem=None, file=None, at=None, advice=None, exit_code=None):
        super().__init__(line)
        self.problem = problem if problem is not None else line
        self.file = file
        self.at = at
        self.advice = advice
        self.exit_code = exit_code


def program():
    """The program's path: `$CARBONCLIP`, else `carbonclip` on the PATH, else the release build of a checkout that this
    package, or the folder one is in, lies in."""
    named = os.environ.get("CARBONCLIP")
    if named:
        path = shutil.which(named)
        if path is None:
            raise CarbonCLIPError(f"CARBONCLIP names {named!r}, which is no program", file=named)
        return os.path.abspath(path)
    path = shutil.which("carbonclip")
    if path is not None:
        return path
    for place in (os.path.dirname(os.path.abspath(__file__)), os.getcwd()):
        while True:
            built = os.path.join(place, ".build", "release", "carbonclip")
            if os.path.isdir(os.path.join(place, "Sources", "carbonclip")) and os.access(built, os.X_OK):
                return built
            above = os.path.dirname(place)
            if above == place:
                break
            place = above
    raise CarbonCLIPError(
        "the program carbonclip was not found: put it on the PATH (make install), or name it in CARBONCLIP")


def version():
    """The program's version."""
    return subprocess.run([program(), "--version"], check=True, capture_output=True, text=True).stdout.strip()


def run(*arguments, progress=True, **options):
    """Runs a command and gives back its JSON document.

    `run("models", "ViT-B-32")` is `carbonclip models ViT-B-32 --json`. Keyword arguments are options, as everywhere here.

    progress: True writes notes and progress to standard error as they come; a function gets each line; None asks for none.

    Interrupted (Ctrl-C), the command is interrupted, too: what it saves then, it saves, before KeyboardInterrupt goes on.
    """
    return execute(arguments, [], options, progress)


def execute(arguments, last, options, progress):
    """Runs `carbonclip ARGUMENTS OPTIONS --json -- LAST`: what stands last may begin with a minus."""
    command = [program(), *map(_word, arguments), *_flags(options), "--json"]
    if progress is None and "--quiet" not in command:
        command.append("--quiet")
    if last:
        command += ["--", *map(_word, last)]
    lines, output = [], []
    # A session of its own: an interrupt reaches the command once, from here.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
        reader.start()
        told = iter(process.stderr.readline, b"")
        interrupt = None
        while True:
            try:
                for line in told:
                    line = line.decode("utf-8", "replace").rstrip("\n")
                    if line.startswith(("error: ", "Error: ")):
                        lines.append(line[len("error: "):])
                    elif not line.startswith(("Usage: ", "  See ")) or not lines:
                        _tell(line, progress)
                reader.join()
                process.wait()
                break
            except KeyboardInterrupt as fault:
                interrupt = fault
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
            except BaseException:
                process.terminate()
                raise
        if interrupt is not None:
            raise interrupt
    return _document(b"".join(output), lines, process.returncode, command)


def _document(output, lines, status, command):
    try:
        document = json.loads(output) if output.strip() else None
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("error"), dict) and "problem" in document["error"]:
        error = document["error"]
        raise CarbonCLIPError(
            lines[-1] if lines else error["problem"], problem=error["problem"], file=error.get("file"),
            at=error.get("at"), advice=error.get("advice"), exit_code=status)
    if document is None:
        reason = f"was ended by signal {-status}" if status < 0 else f"ended with {status} and no result"
        raise CarbonCLIPError(lines[-1] if lines else f"{os.path.basename(command[0])} {reason}", exit_code=status)
    return document


def _tell(line, progress):
    if progress is True:
        print(line, file=sys.stderr, flush=True)
    elif callable(progress):
        progress(line)


def _word(value):
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _flags(options):
    """`target_macs="50%", strict=True, data=["a", "b"]` as `--target-macs=50% --strict --data=a --data=b`."""
    words = []
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is None or value is False:
            continue
        else:
            for item in value if isinstance(value, (list, tuple)) else [value]:
                words.append(f"{flag}={_word(item)}")
    return words
