"""The experiments of a project."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from ._process import Folder, answer, merged, number


@dataclass(frozen=True)
class Experiment:
    """One experiment: its name is a `rev` for all other functions."""

    name: str
    state: str
    """`running`, `done`, `failed` or `interrupted`."""
    params: Dict[str, Any]
    metrics: Dict[str, Any]


def experiments(*, project: Optional[Folder] = None) -> List[Experiment]:
    """All experiments, the oldest first.

    :param project: a folder of the project; default: the current folder.
    """
    return [
        Experiment(
            name=found["name"],
            state=found["state"],
            params=merged(number(found["params"])),
            metrics=merged(number(found["metrics"])),
        )
        for found in answer("exp show", [], project)
    ]
