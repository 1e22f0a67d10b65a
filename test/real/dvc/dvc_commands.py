"""Runs commands of DVC in one process: its start takes longer than most of them. Reads lists of [folder, arguments] from stdin,
one a line; prints what each command prints, then a line `END <exit code>`."""

import json
import os
import sys

from dvc.cli import main

for line in sys.stdin:
    folder, arguments = json.loads(line)
    os.chdir(folder)
    code = main(arguments)
    print(f"END {code}", flush=True)
