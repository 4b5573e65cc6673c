"""What the peers in Python share: the lines that harness/serve.mjs describes, and the numbers of values.mjs."""

import json
import sys
import time

answers = sys.stdout
sys.stdout = sys.stderr  # What a library prints must not be taken for an answer.


def send(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def absent(reason):
    send({"absent": str(reason)})
    sys.exit(0)


try:
    import numpy as np
except ImportError as error:
    absent(error)


def values(count, seed, scale=1.0):
    """As `values` of values.mjs."""
    v = np.sin((np.arange(count, dtype=np.float64) + 1) * 12.9898 + seed * 78.233) * 43758.5453
    return (v - np.floor(v) - 0.5) * scale


def gaussian(count, seed):
    """As `gaussian` of values.mjs."""
    return np.sqrt(-2 * np.log(0.5 - values(count, 2 * seed))) * np.cos(2 * np.pi * values(count, 2 * seed + 1))


def mean_magnitude(result):
    return float(np.abs(result).mean())


def serve(version, call, check):
    send({"ready": {"version": version}})
    batch = 1
    for line in sys.stdin:
        request = json.loads(line)
        if "check" in request:
            send({"check": check()})
            continue
        seconds = request.get("warm", request.get("block"))
        start = time.perf_counter()
        calls = 0
        while True:
            for _ in range(batch):
                call()
            calls += batch
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                break
        batch = max(1, round(0.004 * calls / elapsed))
        send({"calls": calls, "seconds": elapsed})
