"""The protocol by which the benchmark driver and its peers take turns, a line at a time.

On start the peer warms up and prints {"ready": true, "version": ...}, or {"ready": false, "reason": ...} when its
runtime is not installed. `measure S` runs for about S seconds and prints {"per_s", "median_ms", "peak_rss_mb"};
`quit` ends.
"""

import json
import os
import statistics
import sys
import time

# Runtimes print to standard output as they please; the driver's lines get a descriptor of their own.
_lines = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

# A call of so many seconds does not notice cold caches.
LONG = 0.5


def tell(**message):
    """Sends one line to the driver."""
    _lines.write(json.dumps(message) + "\n")
    _lines.flush()


def importing(load):
    """What `load` returns; when an import in it fails, tells the driver so and ends."""
    try:
        return load()
    except ImportError as error:
        tell(ready=False, reason=str(error).splitlines()[0])
        sys.exit(0)


def peak_megabytes():
    """The most memory this process has held, in units of 2^20 bytes. Not `ru_maxrss`: that survives exec."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return None


def seconds_of(run):
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def warm_up(run):
    """Calls up to three times, once if a call is long; returns the seconds of the last."""
    for _ in range(3):
        last = seconds_of(run)
        if last > LONG:
            break
    return last


def serve(run, items, **ready):
    """Warms up, reports ready, then measures on demand. `items`: how many results a call of `run` gives."""
    last = warm_up(run)
    tell(ready=True, **ready)
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            return
        if len(words) == 2 and words[0] == "measure":
            if last < LONG:
                run()  # the other sides had the caches since
            times, total = [], 0.0
            while total < float(words[1]):
                times.append(seconds_of(run))
                total += times[-1]
            median = statistics.median(times)
            tell(per_s=items / median, median_ms=median * 1e3, peak_rss_mb=peak_megabytes())
