"""Sends the record that bench/mlflow.ts made with MLflow's own client: the same runs, histories and artifacts.

Usage: mlflow_client.py TRACKING_URI EXPERIMENT ROOT; prints its CPU seconds.
"""

import json
import pathlib
import resource
import sys

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

uri, experiment, root = sys.argv[1:]
client = MlflowClient(uri)
experiment_id = client.create_experiment(experiment)
ids = {}
for line in (pathlib.Path(root) / "tracking.jsonl").read_text().splitlines():
    run = json.loads(line)
    if run["type"] != "run":
        continue
    tags = {**run["tags"], **run["context"], "pipe.key": run["key"]}
    if "parent" in run:
        tags["mlflow.parentRunId"] = ids[run["parent"]]
    made = client.create_run(experiment_id, run["start"], tags, run["name"])
    ids[run["key"]] = made.info.run_id
    client.log_batch(
        made.info.run_id,
        metrics=[Metric(key, value, time, step) for key, points in run["metrics"].items() for step, time, value in points],
        params=[Param(key, value) for key, value in run["params"].items()],
    )
    # One folder of the run at a time, as one would write it.
    folders = {}
    for artifact in run["artifacts"]:
        folders.setdefault(str(pathlib.PurePosixPath(artifact["path"]).parent), []).append(artifact["file"])
    for folder, files in folders.items():
        for file in files:
            client.log_artifact(made.info.run_id, str(pathlib.Path(root) / file), None if folder == "." else folder)
    client.set_terminated(made.info.run_id, run["status"], run["end"])

usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime)
