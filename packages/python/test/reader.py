"""Calls the package with answers that the test made up; prints what it made of them as JSON."""

import json
import os
import sys
from typing import Any, Callable, List, Optional

from pipe_engine import __main__ as starter
from pipe_engine import PipeError, _experiments, _files, _process, _results
from pipe_engine import experiments, metrics, open_result, params, results

with open("answers.json", encoding="utf-8") as file:
    answers = json.load(file)
asked: "list[Any]" = []


def answer(name: str, arguments: List[str], project: Optional[str]) -> Any:
    asked.append([name, arguments, project])
    return answers[arguments[-1] if name == "locate" else name]


def failure(call: Callable[[], Any]) -> str:
    try:
        return f"no failure: {call()!r}"
    except (PipeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def text(name: str, **options: Any) -> str:
    with open_result(name, **options) as file:
        return repr(file.read())


# The engine is a program that prints its arguments, or fails.
program = "import sys; (print([]), sys.exit(sys.argv[-1])) if 'fail' in sys.argv else print(sys.argv[1:].__repr__().replace(chr(39), chr(34)))"
_process._engine = lambda: [sys.executable, "-c", program]
called = _process.answer("exp show", ["--", "a"], None)
failed = failure(lambda: _process.answer("results", ["fail", "no such stage"], "sub"))

for module in (_experiments, _files, _results):
    module.answer = answer  # type: ignore[attr-defined]

found = {
    "called": called,
    "failed": failed,
    "params": repr(params()),
    "metrics": repr(metrics("evaluate", rev="v1", project="sub")),
    "results": [repr(one) for one in results(["train", "evaluate"])],
    "experiments": [repr(one) for one in experiments(project="sub")],
    "workspace": text("workspace"),
    "bytes": text("workspace", mode="rb"),
    "latin": text("workspace", encoding="latin-1", newline=""),
    "git": text("git", rev="v1"),
    "cache": [text(name) for name in ("md5", "text", "binary")],
    "starts": [len(open_result(f"start {index}", mode="rb").read()) for index in range(4)],
    "damaged": [failure(lambda name=name: text(name)) for name in ("damaged", "damaged text")],
    "no blob": failure(lambda: text("no blob")),
    "written": failure(lambda: text("workspace", mode="w")),
    "asked": asked,
}

started: "list[Any]" = []
os.execv = lambda *arguments: started.append(arguments)  # type: ignore[assignment]
starter.node_of_package = lambda: "/packages/node"
os.environ["PATH"] = "/own"
sys.argv = ["pipe", "status", "-v"]
starter.main()

json.dump({**found, "started": started, "path": os.environ["PATH"]}, sys.stdout)
