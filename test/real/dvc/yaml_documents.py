"""Random documents and what DVC's YAML writer makes of them, as JSON: [[encoded document, text], ...].

Usage: yaml_documents.py SEED COUNT
"""

import json
import random
import sys

from dvc.utils.serialize._yaml import dumps_yaml

seed, count = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)

ODD = [
    "'a b'", '"q"', "#c", "x:", "y: z", "-", "?", "a,b", "[1]", "{a}", "&x", "*y", "!z", "|", ">", "%d", "@x",
    "`date`", "\\", "é", "ünï", "日本語", "🎉", "a\tb", "$X", "&&", "||", ";", "...", "---", "true", "1", "null",
    "1e3", "~", "=", "<<", "2020-01-01", "0x1f", "0o7", "1_0", "verylongwordwithoutanyspace" * 4, "  ", "\u2028",
    "\x85", "\xa0", "\ufeff", "\x07", "\x1b", "a:b", "http://x.y/z", "key=val", "it's", 'say "hi"', "\r",
]
PLAIN = ["python", "train.py", "--epochs", "5", "abc", "defghi", "--flag", "path/to/file.txt", "long_option_name=value"]
BETWEEN = [" "] * 12 + ["  ", "\n", "\n ", " \n", "\n\n", "\t", "   "]
CHARS = " ab:#'\"\n-?,[]{}&*!|>%@`\\\t0.é"
FLOATS = [0.1, 1.0, 1e-5, 1e16, -2.5, 1e100, float("inf"), float("-inf"), float("nan"), 123456.789, 1e15, 0.0001, -0.0]


def text():
    kind = rng.random()
    if kind < 0.15:
        return rng.choice(ODD)
    if kind < 0.25:
        return "".join(rng.choice(CHARS) for _ in range(rng.randint(0, 8)))
    plain = rng.random() < 0.5
    words = [rng.choice(PLAIN if plain else ODD + PLAIN) for _ in range(rng.choice([1, 2, 3, 5, 10, 20, 40]))]
    result = words[0]
    for word in words[1:]:
        result += (" " if plain else rng.choice(BETWEEN)) + word
    return result


def scalar():
    kind = rng.random()
    if kind < 0.45:
        return text()
    if kind < 0.55:
        return rng.choice([True, False])
    if kind < 0.65:
        return None
    if kind < 0.8:
        return rng.choice([0, 1, -5, 10**20, 12345])
    return rng.choice(FLOATS)


def key():
    kind = rng.random()
    if kind < 0.1:
        return rng.choice([1, True, None, 2.5, -3])
    if kind < 0.2:
        return text()
    if kind < 0.23:
        return "k" * rng.randint(118, 135)
    if kind < 0.25:
        return ("long key " * rng.randint(12, 16)).strip()
    return rng.choice(["a", "b", "lr", "epochs", "train.lr", "x y", "é"]) + str(rng.randint(0, 99))


def value(depth, pool):
    """Sometimes a list or mapping that stands in the document already: an alias."""
    kind = rng.random()
    if depth <= 0 or kind < 0.6:
        return scalar()
    if kind < 0.65 and pool:
        return rng.choice(pool)
    size = rng.randint(0, 4)
    if kind < 0.82:
        made = [value(depth - 1, pool) for _ in range(size)]
    else:
        made = {key(): value(depth - 1, pool) for _ in range(size)}
    pool.append(made)
    return made


def encode(item):
    """Types that JSON lacks, and which lists and mappings are one and the same."""
    if item is None:
        return ["null"]
    if isinstance(item, bool):
        return ["bool", item]
    if isinstance(item, int):
        return ["int", str(item)]
    if isinstance(item, float):
        return ["float", repr(item)]
    if isinstance(item, str):
        return ["text", item]
    if isinstance(item, list):
        return ["list", id(item), [encode(each) for each in item]]
    return ["map", id(item), [[encode(name), encode(each)] for name, each in item.items()]]


documents = []
for _ in range(count):
    pool = []
    document = {key(): value(4, pool) for _ in range(rng.randint(1, 5))}
    documents.append([encode(document), dumps_yaml(document)])
json.dump(documents, sys.stdout)
