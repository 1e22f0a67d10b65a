"""Reads Python files as DVC reads parameters from them: one JSON line a file, with its values or its error.

Usage: python_params.py, the paths on its input, one a line. Without a path: the folder of the standard library.
"""

import ast
import json
import sys
import sysconfig
import warnings

from dvc.utils.serialize import _py

warnings.simplefilter("ignore")


def in_order(values=()):
    """A set in the order in which it is written."""
    return list(dict.fromkeys(values))


# A name of a module is found before the builtin.
ast.set = in_order
_py.set = in_order


def encode(value):
    """As test/lock/encoded-value.ts decodes it; what YAML lacks is the text that Python prints."""
    if isinstance(value, complex):
        return ["text", repr(value).strip("()")]
    if value is ...:
        return ["text", "..."]
    if isinstance(value, bytes):
        return ["text", repr(value)]
    if isinstance(value, dict):
        return ["map", next(numbers), [[encode_key(key), encode(item)] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        return ["list", next(numbers), [encode(item) for item in value]]
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    return ["float", repr(value)] if isinstance(value, float) else ["text", value]


def encode_key(key):
    return ["text", repr(key)] if isinstance(key, tuple) else encode(key)


numbers = iter(range(10**9))


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return {"values": encode(_py.parse_py(file.read(), path))}
    except UnicodeDecodeError as error:
        return {"error": "UnicodeDecodeError", "byte": error.start}
    except Exception as error:
        cause = error.__cause__ or error
        return {"error": type(cause).__name__, "line": getattr(cause, "lineno", None)}


paths = sys.stdin.read().splitlines()
if not paths:
    print(sysconfig.get_paths()["stdlib"])
for path in paths:
    print(json.dumps({"path": path, **read(path)}))
