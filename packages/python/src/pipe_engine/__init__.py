"""The engine `pipe`: declarative pipelines for data and ML.

What stages read and measured, for notebooks and scripts::

    from pipe_engine import experiments, metrics, open_result, params

    params("train")                       # {'lr': 0.1, 'net': {'depth': 3}}
    metrics("evaluate", rev="main")       # {'accuracy': 0.93}
    with open_result("predictions.csv", rev="v1") as file:
        ...
    best = max(experiments(), key=lambda one: one.metrics["accuracy"])

`rev` is a git revision or an experiment; without it, the workspace. Nothing is checked out.
"""

from ._experiments import Experiment, experiments
from ._files import open_result
from ._process import PipeError
from ._results import Output, StageResult, metrics, params, results

__all__ = [
    "Experiment",
    "Output",
    "PipeError",
    "StageResult",
    "experiments",
    "metrics",
    "open_result",
    "params",
    "results",
]
