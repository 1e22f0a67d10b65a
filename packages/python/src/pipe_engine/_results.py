"""What stages read and measured."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Union

from ._process import Folder, answer, merged, number


@dataclass(frozen=True)
class Output:
    """A file or folder that a stage wrote."""

    path: str
    """From the root of the project."""
    folder: bool
    digest: Optional[str]
    """None where no result is recorded."""
    size: Optional[int]
    """Bytes."""


@dataclass(frozen=True)
class StageResult:
    """The recorded result of a stage."""

    stage: str
    recorded: bool
    params: Dict[str, Any]
    metrics: Dict[str, Any]
    outs: Sequence[Output]


Stages = Union[None, str, Sequence[str]]


def results(stages: Stages = None, *, rev: Optional[str] = None, project: Optional[Folder] = None) -> List[StageResult]:
    """The results of stages, groups or patterns; by default of all stages.

    :param rev: a git revision or an experiment; default: the workspace.
    :param project: a folder of the project; default: the current folder.
    :raises PipeError: for an unknown stage or revision.
    """
    return [
        StageResult(
            stage=found["stage"],
            recorded=found["recorded"],
            params=merged(number(found["params"])),
            metrics=merged(number(found["metrics"])),
            outs=[Output(out["path"], out["folder"], out.get("digest"), out.get("size")) for out in found["outs"]],
        )
        for found in _found(stages, rev, project)
    ]


def params(stages: Stages = None, *, rev: Optional[str] = None, project: Optional[Folder] = None) -> Dict[str, Any]:
    """The parameters with which the results of stages were made, nested as in the files.

    A key that several files have is `file:key`. See `results` for the arguments.
    """
    return merged(number(_files("params", stages, rev, project)))


def metrics(stages: Stages = None, *, rev: Optional[str] = None, project: Optional[Folder] = None) -> Dict[str, Any]:
    """The metrics of stages, nested as in the files.

    A key that several files have is `file:key`. See `results` for the arguments.
    """
    return merged(number(_files("metrics", stages, rev, project)))


def _files(kind: str, stages: Stages, rev: Optional[str], project: Optional[Folder]) -> Dict[str, Any]:
    files: Dict[str, Any] = {}
    for found in _found(stages, rev, project):
        for file, values in found[kind].items():
            before = files.get(file)
            files[file] = _joined(before, values) if isinstance(before, dict) and isinstance(values, dict) else values
    return files


def _joined(one: Dict[str, Any], other: Dict[str, Any]) -> Dict[str, Any]:
    """What two stages read of one file."""
    both = dict(one)
    for key, value in other.items():
        before = both.get(key)
        both[key] = _joined(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return both


def _found(stages: Stages, rev: Optional[str], project: Optional[Folder]) -> List[Dict[str, Any]]:
    names = [stages] if isinstance(stages, str) else list(stages or ())
    flags = [] if rev is None else [f"--rev={rev}"]
    found: List[Dict[str, Any]] = answer("results", [*flags, "--", *names], project)
    return found
