"""Training steps of the same model in PyTorch, one thread, CPU time: python peer.py MODEL STEPS fp32|bf16. Prints JSON."""
import json
import resource
import sys
import time

import torch
from torch import nn

# So many images that freeing large arrays has taught the allocator to keep them: the faster case.
BATCH, IMAGES, WARM = 64, 4096, 60


class Cdae(nn.Module):
    def __init__(self, latent=128, channels=(32, 64, 128)):
        super().__init__()
        a, b, c = channels
        encoder = [(1, a), (a, b), (b, c)]
        decoder = [(c, b), (b, a), (a, a)]
        self.encoder = nn.Sequential(*[
            layer for i, o in encoder
            for layer in (nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2))
        ])
        self.code, self.uncode = nn.Linear(9 * c, latent), nn.Linear(latent, 9 * c)
        self.decoder = nn.Sequential(*[
            layer for i, o in decoder
            for layer in (nn.ConvTranspose2d(i, o, 3, stride=2, padding=1, output_padding=1), nn.BatchNorm2d(o), nn.ReLU())
        ], nn.Conv2d(a, 1, 3, padding=1), nn.Sigmoid())
        self.channels = c

    def forward(self, x):
        code = self.uncode(self.code(self.encoder(x).flatten(1)))
        small = self.decoder(code.view(-1, self.channels, 3, 3))
        return nn.functional.interpolate(small, size=(28, 28), mode="bilinear", align_corners=False)


class Unet(nn.Module):
    def __init__(self, w=16):
        super().__init__()
        def block(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                                 nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        self.a, self.b, self.c = block(1, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.up2, self.d2 = nn.ConvTranspose2d(4 * w, 2 * w, 2, stride=2), block(4 * w, 2 * w)
        self.up1, self.d1 = nn.ConvTranspose2d(2 * w, w, 2, stride=2), block(2 * w, w)
        self.out, self.pool = nn.Conv2d(w, 1, 1), nn.MaxPool2d(2)

    def forward(self, x):
        a = self.a(x)
        b = self.b(self.pool(a))
        d = self.d2(torch.cat([self.up2(self.c(self.pool(b))), b], 1))
        return torch.sigmoid(self.out(self.d1(torch.cat([self.up1(d), a], 1))))


model_name, steps, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(1)
torch.manual_seed(1)
model = {"cdae": Cdae, "unet": Unet}[model_name]().to(memory_format=torch.channels_last)
optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
clean = torch.rand(IMAGES, 1, 28, 28)
noisy = torch.clamp(clean + 0.3 * torch.randn_like(clean), 0, 1)


def step(at):
    start = at * BATCH % IMAGES
    x = noisy[start:start + BATCH].contiguous(memory_format=torch.channels_last)
    optimiser.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        y = model(x)
    loss = nn.functional.mse_loss(y.float(), clean[start:start + BATCH])
    loss.backward()
    optimiser.step()
    return loss.item()


for at in range(WARM):
    step(at)
cpu, wall = time.process_time(), time.perf_counter()
for at in range(steps):
    step(at)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(json.dumps({
    "images_per_cpu_second": steps * BATCH / cpu,
    "images_per_second": steps * BATCH / wall,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "version": torch.__version__,
    "parameters": sum(p.numel() for p in model.parameters()),
}))
