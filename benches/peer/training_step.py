"""The networks of torch/examples/training_step.rs in plain eager PyTorch, directly from the paper's equations (Eqs.
2a-2i), one operation after the other. A multi-path network is computed one chain after the other (Fig. 4b).

usage: training_step.py CASE FOLDER STEPS THREADS
"""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

NEURONS = 34
# Recurrent blocks, iterations, channels, and whether the network is a multi-path one.
CASES = {
    "recurrent-1-7": (1, 7, 16, False),
    "multi-path-1-7": (1, 7, 16, True),
    "multi-path-2-5": (2, 5, 16, True),
    "multi-path-2-7-48": (2, 7, 48, True),
}


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


class Network(nn.Module):
    """The layers around the recurrent stage, which both kinds share."""

    def __init__(self, blocks, iterations, channels):
        super().__init__()
        self.blocks, self.iterations = blocks, iterations
        self.layers = nn.ModuleDict()
        self.names = {}
        self.add("bn[input]", norm(1))
        self.add("conv[1]", nn.Conv2d(1, channels, 9, bias=False))
        self.add("bn[1]", norm(channels))
        for block in range(2, blocks + 2):
            for role in ("bottom_up", "lateral"):
                self.add(f"conv[{block}].{role}", nn.Conv2d(channels, channels, 3, padding=1, bias=False))
        self.pool = nn.AvgPool2d(3, ceil_mode=True)
        self.spatial = nn.Parameter(torch.empty(NEURONS, 14, 14))
        self.feature = nn.Parameter(torch.empty(NEURONS, channels))
        self.bias = nn.Parameter(torch.empty(NEURONS))

    def add(self, name, layer):
        self.names[name] = key = name.replace(".", "_")
        self.layers[key] = layer

    def layer(self, name):
        return self.layers[self.names[name]]

    def below(self, images):
        return F.relu(self.layer("bn[1]")(self.layer("conv[1]")(self.layer("bn[input]")(images))))

    def read(self, outputs):
        readings = []
        for t in range(1, self.iterations + 1):
            average = torch.stack(outputs[:t]).mean(0)
            weight = self.feature[:, :, None, None] * self.spatial[:, None]
            drive = F.linear(self.pool(average).flatten(1), weight.flatten(1), self.bias)
            readings.append(F.relu(drive))
        return torch.stack(readings)


class Recurrent(Network):
    def __init__(self, blocks, iterations, channels):
        super().__init__(blocks, iterations, channels)
        for block in range(2, blocks + 2):
            for t in range(1, iterations + 1):
                self.add(f"bn[{block},{t}]", norm(channels))

    def forward(self, images):
        below = self.below(images)
        previous, outputs = {}, []
        for t in range(1, self.iterations + 1):
            output = below
            for block in range(2, self.blocks + 2):
                drive = self.layer(f"conv[{block}].bottom_up")(output)
                if block in previous:
                    drive = drive + self.layer(f"conv[{block}].lateral")(previous[block])
                output = previous[block] = F.relu(self.layer(f"bn[{block},{t}]")(drive))
            outputs.append(output)
        return self.read(outputs)


class MultiPath(Network):
    def __init__(self, blocks, iterations, channels):
        super().__init__(blocks, iterations, channels)
        # The chains of each iteration: pairs of a convolution and the normalization after it.
        self.chains, used = [], {}
        for t in range(1, iterations + 1):
            chains = []
            for path in self.paths(blocks + 1, t):
                chain = []
                for convolution, block, time in path:
                    use = used[block, time] = used.get((block, time), -1) + 1
                    name = f"bn[{block},{time}]" if use == 0 else f"bn[{block},{time},{use}]"
                    self.add(name, norm(channels))
                    chain.append((convolution, name))
                chains.append(chain)
            self.chains.append(chains)

    def paths(self, block, t):
        """Returns the chains, first those from below, then those from the previous iteration."""
        if t == 0:
            return []
        from_below = [[]] if block == 2 else self.paths(block - 1, t)
        ends = [("bottom_up", from_below), ("lateral", self.paths(block, t - 1))]
        return [path + [(f"conv[{block}].{role}", block, t)] for role, paths in ends for path in paths]

    def forward(self, images):
        below = self.below(images)
        outputs = []
        for chains in self.chains:
            total = 0
            for chain in chains:
                output = below
                for convolution, normalization in chain:
                    output = F.relu(self.layer(normalization)(self.layer(convolution)(output)))
                total = total + output
            outputs.append(total)
        return self.read(outputs)


def penalties(network):
    readout = (network.feature.abs().sum(1) * network.spatial.abs().sum((1, 2))).mean()
    laplacian = torch.tensor([[0.25, 0.5, 0.25], [0.5, -3, 0.5], [0.25, 0.5, 0.25]])
    kernels = network.layer("conv[1]").weight.flatten(0, 1)[:, None]
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
    targets = {
        "readout.spatial": network.spatial,
        "readout.feature": network.feature,
        "readout.bias": network.bias,
    }
    for name in network.names:
        layer = network.layer(name)
        parts = ("weight",) if name.startswith("conv") else ("weight", "bias", "running_mean", "running_var")
        for part in parts:
            targets[f"{name}.{part}"] = getattr(layer, part)
    assert targets.keys() == tensors.keys(), targets.keys() ^ tensors.keys()
    with torch.no_grad():
        for name, target in targets.items():
            target.copy_(tensors[name])


def main(case, folder, steps, threads):
    torch.set_num_threads(threads)
    blocks, iterations, channels, multi_path = CASES[case]
    images = torch.from_numpy(np.load(f"{folder}/images.npy"))
    responses = torch.from_numpy(np.load(f"{folder}/responses.npy"))
    network = (MultiPath if multi_path else Recurrent)(blocks, iterations, channels)
    load(network, read_safetensors(f"{folder}/initial.safetensors"))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses, seconds = [], []
    for _ in range(steps):
        started = time.perf_counter()
        optimizer.zero_grad()
        loss = F.mse_loss(network(images), responses.expand(iterations, -1, -1))
        (loss + penalties(network)).backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"losses": losses, "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
