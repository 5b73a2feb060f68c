"""The network of torch/examples/recurrent_step.rs in plain eager PyTorch: the equations as they stand
in the paper (Eqs. 2a-2i), one operation after the other.

usage: recurrent_step.py FOLDER STEPS THREADS
"""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CHANNELS, ITERATIONS, NEURONS = 16, 7, 34


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        def norm(channels):
            return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)

        self.bn_input = norm(1)
        self.first = nn.Conv2d(1, CHANNELS, 9, bias=False)
        self.bn_first = norm(CHANNELS)
        self.bottom_up = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.lateral = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.bn = nn.ModuleList(norm(CHANNELS) for _ in range(ITERATIONS))
        self.pool = nn.AvgPool2d(3, ceil_mode=True)
        self.spatial = nn.Parameter(torch.empty(NEURONS, 14, 14))
        self.feature = nn.Parameter(torch.empty(NEURONS, CHANNELS))
        self.bias = nn.Parameter(torch.empty(NEURONS))

    def forward(self, images):
        below = F.relu(self.bn_first(self.first(self.bn_input(images))))
        outputs = []
        for t in range(ITERATIONS):
            drive = self.bottom_up(below)
            if outputs:
                drive = drive + self.lateral(outputs[-1])
            outputs.append(F.relu(self.bn[t](drive)))
        readings = []
        for t in range(1, ITERATIONS + 1):
            average = torch.stack(outputs[:t]).mean(0)
            weight = self.feature[:, :, None, None] * self.spatial[:, None]
            drive = F.linear(self.pool(average).flatten(1), weight.flatten(1), self.bias)
            readings.append(F.relu(drive))
        return torch.stack(readings)


def penalties(network):
    readout = (network.feature.abs().sum(1) * network.spatial.abs().sum((1, 2))).mean()
    laplacian = torch.tensor([[0.25, 0.5, 0.25], [0.5, -3, 0.5], [0.25, 0.5, 0.25]])
    kernels = network.first.weight.flatten(0, 1)[:, None]
    rough = F.conv2d(kernels, laplacian[None, None], padding=1)
    smoothness = (rough.square().sum((1, 2, 3)) / kernels.square().sum((1, 2, 3))).sum()
    return 0.01 * readout + 5e-6 * smoothness


def read_safetensors(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def load(network, tensors):
    layers = {"bn[input]": network.bn_input, "bn[1]": network.bn_first}
    layers |= {f"bn[2,{t + 1}]": network.bn[t] for t in range(ITERATIONS)}
    targets = {
        "conv[1].weight": network.first.weight,
        "conv[2].bottom_up.weight": network.bottom_up.weight,
        "conv[2].lateral.weight": network.lateral.weight,
        "readout.spatial": network.spatial,
        "readout.feature": network.feature,
        "readout.bias": network.bias,
    }
    for name, layer in layers.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            targets[f"{name}.{part}"] = getattr(layer, part)
    assert targets.keys() == tensors.keys(), targets.keys() ^ tensors.keys()
    with torch.no_grad():
        for name, target in targets.items():
            target.copy_(tensors[name])


def main(folder, steps, threads):
    torch.set_num_threads(threads)
    images = torch.from_numpy(np.load(f"{folder}/images.npy"))
    responses = torch.from_numpy(np.load(f"{folder}/responses.npy"))
    network = Recurrent()
    load(network, read_safetensors(f"{folder}/initial.safetensors"))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses, seconds = [], []
    for _ in range(steps):
        started = time.perf_counter()
        optimizer.zero_grad()
        loss = F.mse_loss(network(images), responses.expand(ITERATIONS, -1, -1))
        (loss + penalties(network)).backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"losses": losses, "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
