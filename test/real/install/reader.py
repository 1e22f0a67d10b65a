"""Reads results as a notebook does; prints what it found as JSON. The test has the expectations."""

import json
import math
import sys
from typing import Any

from pipe_engine import PipeError, experiments, metrics, open_result, params, results


def finite(values: "dict[str, Any]") -> "dict[str, Any]":
    """JSON has no infinity."""
    return {
        key: f"float {value}" if isinstance(value, float) and math.isinf(value) else value for key, value in values.items()
    }


def failure(name: str, rev: "str | None" = None) -> str:
    try:
        with open_result(name, rev=rev) as file:
            return "no failure: " + file.read()
    except PipeError as error:
        return str(error)


def text(name: str, rev: "str | None" = None) -> str:
    with open_result(name, rev=rev) as file:
        return file.read()


with open_result("model/weights.bin", "rb", rev="v1") as weights:
    length = len(weights.read())

found = {
    "params": params(),
    "params of a stage": params("train", rev="v1"),
    "metrics": finite(metrics(["evaluate"])),
    "metrics at v1": finite(metrics(rev="v1")),
    "of an experiment": [params("train", rev="wide"), finite(metrics("evaluate", rev="wide"))],
    "experiments": [[one.name, one.state, one.params["lr"], one.metrics["acc"]] for one in experiments()],
    "stages": [[one.stage, one.recorded, [out.path for out in one.outs]] for one in results()],
    "length": length,
    "workspace": text("model/weights.bin"),
    "v1": text("model/weights.bin", "v1"),
    "wide": text("model/weights.bin", "wide"),
    "of git": text("metrics.json", "v1"),
    "stage": text("plot", "v1"),
    "output of a stage": text("train:model/weights.bin", "v1"),
    "source": text("train.sh", "v1"),
    "other folder": params("train", project="sub"),
    "failures": [
        failure("model"),
        failure("nothing"),
        failure("model/weights.bin", "no-such-revision"),
        failure("model/damaged.bin", "v1"),
    ],
}
json.dump(found, sys.stdout)
