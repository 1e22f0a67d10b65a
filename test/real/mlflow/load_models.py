"""Loads registered models with MLflow's own client, denoises with them, and prints what it found as JSON.

Usage: load_models.py TRACKING_URI NOISY.npy NAME…
"""

import json
import pathlib
import sys

import mlflow
import numpy as np

uri, noisy, *names = sys.argv[1:]
mlflow.set_tracking_uri(uri)
images = np.load(noisy)

found = {}
for name in names:
    model_uri = f"models:/{name}@best"
    model = mlflow.pyfunc.load_model(model_uri)
    clean = model.predict(images)
    info = mlflow.models.get_model_info(model_uri)
    folder = pathlib.Path(mlflow.artifacts.download_artifacts(model_uri))
    example = mlflow.models.Model.load(model_uri).load_input_example(model_uri)
    try:
        model.predict(images[:, :14])
        refusal = ""
    except mlflow.MlflowException as error:
        refusal = str(error)
    found[name] = {
        "dtype": str(clean.dtype),
        "shape": clean.shape,
        "values": clean.ravel().tolist(),
        "inputs": [column.to_dict() for column in info.signature.inputs],
        "outputs": [column.to_dict() for column in info.signature.outputs],
        "example": np.asarray(example).ravel().tolist(),
        "example_shape": np.asarray(example).shape,
        "example_clean": model.predict(example).ravel().tolist(),
        "none": model.predict(images[:0]).shape,
        "refusal": refusal,
        "requirements": (folder / "requirements.txt").read_text().split(),
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()),
    }
json.dump(found, sys.stdout)
