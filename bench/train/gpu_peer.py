"""Training steps in PyTorch on the GPU, or on the processor where there is none: python gpu_peer.py '{"model": …}'. Prints JSON."""
import json
import sys
import time
import types
from pathlib import Path

started = time.perf_counter()
import torch  # noqa: E402

try:
    import safetensors  # noqa: F401
except ImportError:
    # The networks are shared with tests, which read model files; nothing here does.
    sys.modules["safetensors"] = types.SimpleNamespace(safe_open=None)
sys.path.insert(0, str(Path(__file__).parents[2] / "test/real/experiment"))
from torch_networks import Cdae, Unet, trained  # noqa: E402

options = json.loads(sys.argv[1])
batch, filters, mode = options["batch"], options["filters"], options["mode"]
on_gpu = torch.cuda.is_available()
device = torch.device("cuda" if on_gpu else "cpu")
if not on_gpu:
    torch.set_num_threads(1)
# 32 bits are 32 bits, as WebGPU computes.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
# The fastest that it has: cuDNN's algorithms are tried first, and one kernel is Adam.
torch.backends.cudnn.benchmark = on_gpu
torch.manual_seed(1)
model = (Cdae(filters, options["latent"]) if options["model"] == "cdae" else Unet(filters)).to(device)
optimiser = torch.optim.Adam(trained(model), lr=1e-3, fused=on_gpu, capturable=mode == "graph")
images = options["images"]
clean = torch.rand(images, 1, 28, 28, device=device)
noisy = torch.clamp(clean + 0.3 * torch.randn_like(clean), 0, 1)
# The batch's images are gathered on the card, by index, as ours are.
indices = torch.zeros(batch, dtype=torch.int64, device=device)
total = torch.zeros((), device=device)


def step():
    optimiser.zero_grad(set_to_none=mode == "eager")
    loss = torch.nn.functional.mse_loss(model(noisy[indices]), clean[indices])
    loss.backward()
    optimiser.step()
    total.add_(loss.detach())


def wait():
    if on_gpu:
        torch.cuda.synchronize()
    return total.item()


def order(at):
    return torch.arange(at * batch, (at + 1) * batch, dtype=torch.int64).remainder_(images)


def next_batch(at):
    indices.copy_(order(at), non_blocking=True)


next_batch(0)
run = step
if mode == "graph":
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    run = graph.replay
run()
wait()
first = time.perf_counter() - started
for at in range(options["warm"]):
    next_batch(at)
    run()
wait()
cpu, wall, steps = time.process_time(), time.perf_counter(), 0
while time.perf_counter() - wall < options["seconds"]:
    for _ in range(options["between"]):
        next_batch(steps)
        run()
        steps += 1
    wait()
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(json.dumps({
    "device": torch.cuda.get_device_name() if on_gpu else "CPU",
    "version": f"PyTorch {torch.__version__}",
    "images_per_second": steps * batch / wall,
    "cpu_seconds_per_image": cpu / (steps * batch),
    "seconds_to_first_step": first,
}))
