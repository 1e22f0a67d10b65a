"""Loads a model file of the experiment (.safetensors) and denoises with it: MLflow's loader of a registered version.

Needs NumPy only; computes with PyTorch where it is installed. Images have values from 0 to 1 and the shape
[n, 28, 28], [n, 784] or [n, 28, 28, 1]; the result has the same shape.

    from denoising_autoencoder import load
    clean = load("model_final.safetensors").predict(noisy)
"""

import json
import os
import struct

import numpy as np

try:
    import torch
except ImportError:
    torch = None

SIZE = 28
EPSILON = 1e-5
# Images at once: a whole test set would need gigabytes.
BATCH = 64
FILE = "model_final.safetensors"


def _load_pyfunc(path):
    """What MLflow calls. `path` is the file, or a folder that holds it."""
    return load(os.path.join(path, FILE) if os.path.isdir(path) else path)


def load(path, use_torch=torch is not None):
    metadata, tensors = read_safetensors(path)
    kind = metadata.get("model")
    if kind not in FORWARD:
        raise ValueError(f"{path} holds no model of this experiment")
    return Denoiser(kind, TorchOperations(tensors) if use_torch else NumpyOperations(tensors))


def read_safetensors(path):
    """Eight bytes of header length, a JSON header, then the tensors."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: tensor {name} is not of 32-bit floats")
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(content[start:end], "<f4").reshape(entry["shape"]).copy()
    return metadata, tensors


class Denoiser:
    def __init__(self, kind, operations):
        self.forward = FORWARD[kind]
        self.operations = operations

    def predict(self, model_input, params=None):
        noisy = np.asarray(model_input)
        if noisy.dtype == np.uint8:
            noisy = noisy / 255
        if noisy.ndim < 2 or noisy[0:1].size not in (0, SIZE * SIZE):
            raise ValueError(f"images are of {SIZE} x {SIZE} pixels, not of shape {noisy.shape}")
        images = noisy.astype(np.float32).reshape(-1, 1, SIZE, SIZE)
        parts = [
            self.operations.run(self.forward, images[start : start + BATCH])
            for start in range(0, len(images), BATCH)
        ]
        return np.concatenate([np.empty((0, 1, SIZE, SIZE), np.float32), *parts]).reshape(noisy.shape)


def cdae(ops, x):
    for block in ("encoder.block1", "encoder.block2", "encoder.block3"):
        x = ops.halve(ops.normalise(block, ops.conv(block + ".conv", x)))  # 28, 14, 7, 3
    channels = x.shape[1]
    code = ops.dense("encoder.latent", x.reshape(len(x), -1))
    x = ops.dense("decoder.latent", code).reshape(len(x), channels, 3, 3)
    for block in ("decoder.block1", "decoder.block2", "decoder.block3"):
        x = ops.normalise(block, ops.double3(block + ".conv", x))  # 6, 12, 24
    return ops.enlarge(ops.sigmoid(ops.conv("decoder.output", x)))


def unet(ops, x):
    return ops.sigmoid(unet_output(ops, x))


def residual_unet(ops, x):
    """Predicts the noise."""
    return (x - unet_output(ops, x)).clip(0, 1)


def unet_output(ops, x):
    def through(level, x):
        for block in (level + ".block1", level + ".block2"):
            x = ops.normalise(block, ops.conv(block + ".conv", x))
        return x

    whole = through("encoder.level1", x)
    half = through("encoder.level2", ops.halve(whole))
    x = through("encoder.level3", ops.halve(half))
    x = through("decoder.level2", ops.join(ops.double2("decoder.up2", x), half))
    x = through("decoder.level1", ops.join(ops.double2("decoder.up1", x), whole))
    return ops.conv("decoder.output", x)


FORWARD = {"cdae": cdae, "unet": unet, "residual_unet": residual_unet}


class NumpyOperations:
    """Tensors are [n, channels, height, width]; weights have PyTorch's layouts."""

    def __init__(self, tensors):
        self.tensors = tensors

    def run(self, forward, images):
        return forward(self, images)

    def conv(self, name, x):
        weight = self.tensors[name + ".weight"]
        return self._add_bias(name, _correlate(x, weight))

    def double3(self, name, x):
        """Transposed convolution 3 x 3, stride 2, padding 1, output padding 1: a convolution between inserted zeros."""
        n, channels, height, width = x.shape
        spread = np.zeros((n, channels, 2 * height, 2 * width), np.float32)
        spread[:, :, ::2, ::2] = x
        weight = self.tensors[name + ".weight"].transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
        return self._add_bias(name, _correlate(spread, weight))

    def double2(self, name, x):
        """Transposed convolution 2 x 2, stride 2."""
        n, _, height, width = x.shape
        weight = self.tensors[name + ".weight"]
        product = np.einsum("ncyx,cokl->noykxl", x, weight, optimize=True)
        return self._add_bias(name, product.reshape(n, weight.shape[1], 2 * height, 2 * width))

    def normalise(self, block, x):
        get = lambda name: self.tensors[f"{block}.norm.{name}"].reshape(1, -1, 1, 1)
        factor = get("weight") / np.sqrt(get("running_var") + np.float32(EPSILON))
        return np.maximum((x - get("running_mean")) * factor + get("bias"), 0)

    def halve(self, x):
        n, channels, height, width = x.shape
        even = x[:, :, : height // 2 * 2, : width // 2 * 2]
        return even.reshape(n, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5))

    def dense(self, name, x):
        return x @ self.tensors[name + ".weight"].T + self.tensors[name + ".bias"]

    def join(self, a, b):
        return np.concatenate([a, b], axis=1)

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-np.clip(x, -60, 60)))

    def enlarge(self, x):
        matrix = _bilinear(x.shape[-1], SIZE)
        return matrix @ x @ matrix.T

    def _add_bias(self, name, x):
        bias = self.tensors.get(name + ".bias")
        return x if bias is None else x + bias.reshape(1, -1, 1, 1)


def _correlate(x, weight):
    """Stride 1; the result is as large as x."""
    height, width = weight.shape[2:]
    sides = [(0, 0), (0, 0), (height // 2, height // 2), (width // 2, width // 2)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, sides), (height, width), axis=(2, 3))
    return np.moveaxis(np.tensordot(windows, weight, axes=([1, 4, 5], [1, 2, 3])), -1, 1)


def _bilinear(source, target):
    """Rows are the weights of each enlarged pixel; centres of pixels are at halves."""
    at = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    low = np.minimum(at.astype(int), source - 2)
    matrix = np.zeros((target, source), np.float32)
    matrix[np.arange(target), low] = 1 - (at - low)
    matrix[np.arange(target), low + 1] = at - low
    return matrix


class TorchOperations:
    def __init__(self, tensors):
        self.tensors = {name: torch.from_numpy(values) for name, values in tensors.items()}

    def run(self, forward, images):
        with torch.inference_mode():
            return forward(self, torch.from_numpy(images)).numpy()

    def conv(self, name, x):
        weight = self.tensors[name + ".weight"]
        return torch.nn.functional.conv2d(x, weight, self._bias(name), padding=weight.shape[-1] // 2)

    def double3(self, name, x):
        weight = self.tensors[name + ".weight"]
        return torch.nn.functional.conv_transpose2d(
            x, weight, self._bias(name), stride=2, padding=1, output_padding=1
        )

    def double2(self, name, x):
        return torch.nn.functional.conv_transpose2d(
            x, self.tensors[name + ".weight"], self._bias(name), stride=2
        )

    def normalise(self, block, x):
        get = lambda name: self.tensors[f"{block}.norm.{name}"]
        return torch.relu(
            torch.nn.functional.batch_norm(
                x, get("running_mean"), get("running_var"), get("weight"), get("bias"), eps=EPSILON
            )
        )

    def halve(self, x):
        return torch.nn.functional.max_pool2d(x, 2)

    def dense(self, name, x):
        return torch.nn.functional.linear(x, self.tensors[name + ".weight"], self._bias(name))

    def join(self, a, b):
        return torch.cat([a, b], dim=1)

    def sigmoid(self, x):
        return torch.sigmoid(x)

    def enlarge(self, x):
        return torch.nn.functional.interpolate(x, size=(SIZE, SIZE), mode="bilinear", align_corners=False)

    def _bias(self, name):
        return self.tensors.get(name + ".bias")
