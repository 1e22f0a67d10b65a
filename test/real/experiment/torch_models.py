"""Loads model.safetensors, denoises noisy.npy with it, then trains it for some steps on those images and denoises again.
Arguments: cdae|unet|residual_unet, steps, learning rate. Prints JSON."""
import json
import sys

import numpy as np
import torch
from torch.nn import functional as f
from torch_networks import KINDS, Cdae, load, trained

kind, steps, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(1)
model = load("model.safetensors")
assert type(model) is {"cdae": Cdae, **KINDS}[kind]
noisy, clean = (torch.from_numpy(np.load(name))[:, None] for name in ("noisy.npy", "clean.npy"))


def denoised():
    model.eval()
    with torch.no_grad():
        return model(noisy).flatten().tolist()


before = denoised()
model.train()
optimiser = torch.optim.Adam(trained(model), lr=rate)
losses = []
for _ in range(steps):
    optimiser.zero_grad()
    loss = f.mse_loss(model(noisy), clean)
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
print(json.dumps({"before": before, "losses": losses, "after": denoised()}))
