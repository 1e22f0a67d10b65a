"""Reads everything of one experiment with MLflow's own client, and prints it as JSON.

Usage: read_back.py TRACKING_URI EXPERIMENT [MODEL]
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import mlflow
from mlflow.tracking import MlflowClient

uri, name, *models = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
experiment = client.get_experiment_by_name(name)


def digests(folder):
    root = pathlib.Path(folder)
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def artifacts(run):
    if not client.list_artifacts(run.info.run_id):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return digests(client.download_artifacts(run.info.run_id, "", folder))


def dataset(used):
    # The source is one that MLflow knows.
    mlflow.data.get_source(used.dataset)
    fields = ("name", "digest", "source_type", "source", "schema", "profile")
    (context,) = (tag.value for tag in used.tags if tag.key == "mlflow.data.context")
    return {**{field: getattr(used.dataset, field) for field in fields}, "context": context}


runs = []
token = None
while experiment and token != "":
    page = client.search_runs([experiment.experiment_id], max_results=500, page_token=token)
    for run in page:
        info, data = run.info, run.data
        histories = {key: client.get_metric_history(info.run_id, key) for key in data.metrics}
        runs.append(
            {
                "id": info.run_id,
                "name": info.run_name,
                "status": info.status,
                "start": info.start_time,
                "end": info.end_time,
                "params": data.params,
                "tags": data.tags,
                "metrics": {
                    # Text, because JSON has no NaN.
                    key: sorted([point.step, point.timestamp, repr(point.value)] for point in points)
                    for key, points in histories.items()
                },
                "artifacts": artifacts(run),
                "inputs": sorted(map(dataset, run.inputs.dataset_inputs), key=lambda one: one["name"]),
            }
        )
    token = page.token or ""

versions = []
for model in models:
    for version in client.search_model_versions(f"name='{model}'"):
        with tempfile.TemporaryDirectory() as folder:
            path = mlflow.artifacts.download_artifacts(f"models:/{model}/{version.version}", dst_path=folder)
            found = digests(path) if pathlib.Path(path).is_dir() else {"": hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()}
        aliases = client.get_registered_model(model).aliases
        versions.append(
            {
                "name": model,
                "version": str(version.version),
                "run": version.run_id,
                "aliases": sorted(alias for alias, at in aliases.items() if str(at) == str(version.version)),
                "artifacts": found,
            }
        )

json.dump({"runs": runs, "models": versions}, sys.stdout)
