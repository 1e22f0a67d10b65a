"""The trainings of test/stages/training/tiny-courses.ts in PyTorch, from settings.json, noisy.npy, clean.npy (0 … 255) and the first
weights in NAME.safetensors. The order of the images is drawn here, with a generator written after its publication. Prints JSON."""
import json

import numpy as np
import torch
from safetensors import safe_open
from torch.nn import functional as f
from torch_networks import load, trained

MASK = 0xFFFFFFFF


def random(*purpose):
    """xoshiro128** of Blackman and Vigna, its state from SplitMix32 of an FNV-1a hash: gives whole numbers of 32 bits."""
    value = 0x811C9DC5
    for character in "\0".join(str(part) for part in purpose):
        value = (value ^ ord(character)) * 0x01000193 & MASK
    state = []
    for _ in range(4):
        value = value + 0x9E3779B9 & MASK
        z = value
        z = (z ^ z >> 16) * 0x21F0AAAD & MASK
        z = (z ^ z >> 15) * 0x735A2D97 & MASK
        state.append(z ^ z >> 15)

    def rotate(number, by):
        return (number << by | number >> 32 - by) & MASK

    a, b, c, d = state
    while True:
        yield rotate(b * 5 & MASK, 7) * 9 & MASK
        t = b << 9 & MASK
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        c, d = c ^ t, rotate(d, 11)


def shuffle(values, source):
    """Fisher and Yates, without bias."""
    for last in range(len(values) - 1, 0, -1):
        end = 2**32 - 2**32 % (last + 1)
        other = next(number for number in source if number < end) % (last + 1)
        values[last], values[other] = values[other], values[last]


def batches(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


def ssim(a, b):
    """Windows of 7 × 7 with equal weights, sample covariance, those that leave the image left out."""
    mean = lambda x: f.avg_pool2d(x, 7, stride=1)
    ma, mb = mean(a), mean(b)
    sample = 49 / 48
    va, vb, vab = (sample * (mean(x * y) - mean(x) * mean(y)) for x, y in ((a, a), (b, b), (a, b)))
    c1, c2 = 0.01**2, 0.03**2
    return ((2 * ma * mb + c1) * (2 * vab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean()


LOSSES = {
    "mse": f.mse_loss,
    "ssim": lambda a, b: 1 - ssim(a, b),
    "mixed": lambda a, b: f.mse_loss(a, b) + 0.1 * (1 - ssim(a, b)),
}


def denoised(model, images):
    model.eval()
    with torch.no_grad():
        result = model(noisy[images])
    model.train()
    return result


def epoch(model, optimiser, schedule, images, settings, number):
    """Mean squared error per image, before the step on it."""
    order, total = list(images), 0.0
    shuffle(order, random(settings["seed"], "order", number))
    for batch in batches(order, settings["batchSize"]):
        optimiser.zero_grad()
        found = model(noisy[batch])
        LOSSES[settings["loss"]](found, clean[batch]).backward()
        optimiser.step()
        if schedule is not None:
            schedule.step()
        total += f.mse_loss(found, clean[batch]).item() * len(batch)
    return total / len(order)


def start(name, settings, images):
    model = load(f"{name}.safetensors")
    model.train()
    optimiser = torch.optim.Adam(trained(model), lr=settings["learningRate"])
    if settings["schedule"] == "constant":
        return model, optimiser, None
    steps = settings["epochs"] * len(batches(images, settings["batchSize"]))
    return model, optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)


def sampled(images):
    return images.flatten()[::97].tolist()


def model_course(name, settings, training, validation):
    model, *how = start(name, settings, training)
    train_losses, mses, ssims, best, kept = [], [], [], 0, None
    for number in range(1, settings["epochs"] + 1):
        train_losses.append(epoch(model, *how, training, settings, number))
        found = denoised(model, validation)
        mses.append(((found - clean[validation]).double() ** 2).mean().item())
        ssims.append(ssim(found.double(), clean[validation].double()).item())
        if mses[-1] == min(mses):
            best, kept = number, sampled(found)
        if number - best == settings["patience"]:
            break
    everything = list(range(len(noisy)))
    model, *how = start(name, settings, everything)
    numbers = range(1, settings["finalEpochs"] + 1)
    final_losses = [epoch(model, *how, everything, settings, number) for number in numbers]
    return {
        "train_losses": train_losses,
        "val_mses": mses,
        "val_ssims": ssims,
        "best_epoch": best,
        "denoised": kept,
        "final_train_losses": final_losses,
        "final_denoised": sampled(denoised(model, everything)),
    }


def classifier_course(settings, labels):
    file = safe_open("classifier.safetensors", "pt")
    t = {name: file.get_tensor(name).requires_grad_() for name in file.keys()}
    optimiser = torch.optim.Adam(list(t.values()), lr=settings["learningRate"])

    def block(x, name):  # kernels in the file are [height, width, in, out]
        kernel = t[name + ".weight"].permute(3, 2, 0, 1)
        return f.max_pool2d(f.relu(f.conv2d(x, kernel, t[name + ".bias"], padding=1)), 2)

    losses, accuracies = [], []
    order = list(range(len(labels)))
    for number in range(1, settings["epochs"] + 1):
        # The order of an epoch is a shuffle of the one before.
        shuffle(order, random(settings["seed"], "classifier", "order", number))
        total, right = 0.0, 0
        for batch in batches(order, settings["batchSize"]):
            optimiser.zero_grad()
            features = block(block(clean[batch], "conv1"), "conv2").permute(0, 2, 3, 1).flatten(1)
            scores = features @ t["dense.weight"] + t["dense.bias"]
            loss = f.cross_entropy(scores, labels[batch])
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
            right += (scores.argmax(1) == labels[batch]).sum().item()
        losses.append(total / len(order))
        accuracies.append(right / len(order))
    sums = {name: tensor.detach().double().sum().item() for name, tensor in t.items()}
    return {"losses": losses, "accuracies": accuracies, "sums": sums}


torch.set_num_threads(1)
settings = json.load(open("settings.json"))
noisy = torch.from_numpy(np.load("noisy.npy"))[:, None]
clean = torch.from_numpy(np.load("clean.npy") / np.float32(255))[:, None]
sides = settings["training"], settings["validation"]
courses = {name: model_course(name, own, *sides) for name, own in settings["models"].items()}
classified = classifier_course(settings["classifier"], torch.tensor(settings["labels"]))
print(json.dumps({"models": courses, "classifier": classified}))
