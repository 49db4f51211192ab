"""A peer of the benchmarks: one JSON request a line on standard input, one JSON answer a line on standard output.

`python server.py THREADS`. Requests:

    {"load": work, "parameters": {name: tensor}, "inputs": {name: tensor}}  -> {}
    {"check": true}       -> {"values": numbers that tell what the loaded work computes}
    {"repeats": n}        -> {"milliseconds": mean of n calls of the loaded work, "value": its last result}

A tensor is {"shape": [..], "data": base64 of its float32 values}. A request that fails is answered with {"error": text}.
"""

import base64
import importlib.metadata
import json
import sys
import time
import traceback

import numpy
import torch

import cartpole
import works

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)
# Denormals cost up to 45 times as much as other numbers; ours are flushed as well.
torch.set_flush_denormal(True)


def tensor(encoded):
    values = numpy.frombuffer(base64.b64decode(encoded["data"]), dtype=numpy.float32)
    return torch.from_numpy(values.reshape(encoded["shape"]).copy())


def load(request):
    name = request["load"]
    if name == "ppo-cartpole":
        return cartpole.CartPole()
    parameters, inputs = ({key: tensor(t) for key, t in request[kind].items()} for kind in ("parameters", "inputs"))
    return works.WORKS[name](parameters, inputs)


def measure(work, repeats):
    """Mean time of a call. The last result is read, so that what went astray does not count as fast."""
    start = time.perf_counter()
    for _ in range(repeats):
        result = work.call()
    seconds = time.perf_counter() - start
    return {"milliseconds": 1000 * seconds / repeats, "value": float(result)}


def main():
    answers = sys.stdout
    # What a library prints must not get between the answers.
    sys.stdout = sys.stderr

    def say(answer):
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    packages = {"PyTorch": "torch", "Stable-Baselines3": "stable-baselines3"}
    versions = {title: importlib.metadata.version(name) for title, name in packages.items()}
    say({"versions": versions, "threads": torch.get_num_threads()})
    work = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "load" in request:
                work = load(request)
                say({})
            elif "check" in request:
                say({"values": work.check()})
            else:
                say(measure(work, request["repeats"]))
        except Exception:
            say({"error": traceback.format_exc()})


main()
