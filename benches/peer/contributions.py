"""Contributions of paths by length in plain PyTorch. One value for each length is carried through the network, with the
gates of a plain forward pass.

    contributions.py recurrent FOLDER    the published network in fixtures/reference/recurrent-1block-t7-2-avg
    contributions.py resnet18 FOLDER     torchvision's ResNet-18 with random weights

FOLDER gets the images, the contributions [images, units, lengths and last what begins at biases] and, for ResNet-18,
the program with the same weights (model.pt2), so that `pathscope contributions` computes the same. Contributions of
the published network are compared with those in its folder, and all sums with the outputs. Prints medians of seconds.

With --pathscope, the example `time_contributions` of a release build, both take turns, and ratios are printed too: PyTorch's
seconds over ours for contributions and for the forward pass, and our contributions over our forward pass for each length.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

REFERENCE = Path(__file__).parents[2] / "fixtures/reference/recurrent-1block-t7-2-avg"
ITERATIONS = 7
TOLERANCE = 1e-5


class Graded:
    """Contributions to a value, stacked along a first axis before that of images: one for each path length, then that of
    the biases."""

    def __init__(self, lengths, values):
        self.lengths, self.values = lengths, values

    @staticmethod
    def source(images):
        return Graded([0], torch.stack([images, torch.zeros_like(images)]))

    def linear(self, function, bias=None):
        """Applies a linear function to all contributions as one batch."""
        values = function(self.values.flatten(0, 1)).unflatten(0, self.values.shape[:2])
        if bias is not None:
            values[-1] += bias
        return Graded(self.lengths, values)

    def convolved(self, layer):
        bias = None if layer.bias is None else layer.bias[:, None, None]
        longer = self.linear(lambda x: F.conv2d(x, layer.weight, None, layer.stride, layer.padding), bias)
        return Graded([length + 1 for length in self.lengths], longer.values)

    def normalized(self, layer):
        factor = layer.weight / torch.sqrt(layer.running_var + layer.eps)
        values = self.values * factor[:, None, None]
        values[-1] += (layer.bias - layer.running_mean * factor)[:, None, None]
        return Graded(self.lengths, values)

    def gated(self, gate):
        return Graded(self.lengths, self.values.mul_(gate))

    def chosen(self, places):
        """Selects the positions that a max-pooling chose."""
        values, chosen = self.values.flatten(3), places.flatten(2).expand(len(self.values), -1, -1, -1)
        return Graded(self.lengths, values.gather(3, chosen).unflatten(3, places.shape[2:]))

    def __add__(self, other):
        if self.lengths == other.lengths:
            return Graded(self.lengths, self.values + other.values)
        lengths = sorted({*self.lengths, *other.lengths})
        values = self.values.new_zeros(len(lengths) + 1, *self.values.shape[1:])
        for graded in (self, other):
            values[[*map(lengths.index, graded.lengths), -1]] += graded.values
        return Graded(lengths, values)


class Recurrent(nn.Module):
    """The published network with one RCPB, seven iterations, 16 channels and 2-avg readout."""

    def __init__(self):
        super().__init__()

        def normalization(channels):
            return nn.BatchNorm2d(channels, eps=1e-3)

        self.bn_input, self.conv0 = normalization(1), nn.Conv2d(1, 16, 9, bias=False)
        self.bottom_up = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.lateral = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.normalizations = nn.ModuleList(normalization(16) for _ in range(ITERATIONS))
        self.pool = nn.AvgPool2d(3, ceil_mode=True)
        state = torch.load(REFERENCE / "best.pth", map_location="cpu", weights_only=False)["model"]
        state = {name.removeprefix("moduledict."): tensor for name, tensor in state.items()}
        weight = state.pop("fc.weight_feature")[:, :, None, None] * state.pop("fc.weight_spatial")[:, None]
        self.readout = nn.Linear(weight[0].numel(), len(weight))
        state |= {"readout.weight": weight.flatten(1), "readout.bias": state.pop("fc.bias")}
        names = {
            "bl_stack.layer_list.0.b_conv": "bottom_up",
            "bl_stack.layer_list.0.l_conv": "lateral",
            "bl_stack.bn_layer_list": "normalizations",
        }
        for old, new in names.items():
            state = {name.replace(old, new): tensor for name, tensor in state.items()}
        # The first CPB of the published checkpoints has an unused normalization.
        self.load_state_dict({name: tensor for name, tensor in state.items() if not name.startswith("bn0.")})

    def below(self, images):
        return self.conv0(self.bn_input(images))

    def forward(self, images, gates=None):
        below = self.below(images)
        drive = self.bottom_up(below)
        output, total, readings = None, 0, []
        for iteration, normalization in enumerate(self.normalizations, 1):
            sum_ = drive if output is None else drive + self.lateral(output)
            output = F.relu(normalization(sum_))
            total = total + self.pool(output)
            readings.append(F.relu(self.readout((total / iteration).flatten(1))))
            if gates is not None:
                gates.append((output > 0, readings[-1] > 0))
        return torch.stack(readings).mean(0)

    def contributions(self, images):
        """Returns contributions by the length of paths from the input of the recurrent stage."""
        gates = []
        outputs = self(images, gates)
        drive = Graded.source(self.below(images)).convolved(self.bottom_up)
        maps, total, result = None, None, None
        for iteration, (normalization, gate) in enumerate(zip(self.normalizations, gates), 1):
            sum_ = drive if maps is None else drive + maps.convolved(self.lateral)
            maps = sum_.normalized(normalization).gated(gate[0])
            pooled = maps.linear(self.pool)
            total = pooled if total is None else total + pooled
            average = Graded(total.lengths, (total.values / iteration).flatten(2))
            reading = average.linear(lambda x: x @ self.readout.weight.T, self.readout.bias).gated(gate[1])
            result = reading if result is None else result + reading
        return outputs, Graded(result.lengths, result.values / ITERATIONS)


class Residual(nn.Module):
    """torchvision's ResNet-18, whose units are the classes."""

    def __init__(self):
        super().__init__()
        from torchvision.models import resnet18

        self.model = resnet18()
        # Shifts and variances as in trained normalizations, not 0 and 1.
        for layer in self.model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.normal_(layer.bias, std=0.1)
                nn.init.normal_(layer.running_mean, std=0.1)
                nn.init.uniform_(layer.running_var, 0.5, 1.5)

    def forward(self, images):
        return self.model(images)

    def blocks(self):
        model = self.model
        return [block for stage in (model.layer1, model.layer2, model.layer3, model.layer4) for block in stage]

    def contributions(self, images):
        """Returns contributions by the length of paths from the images."""
        model, gates = self.model, []
        maps = F.relu(model.bn1(model.conv1(images)))
        gates.append(maps > 0)
        maps, places = F.max_pool2d(maps, 3, 2, 1, return_indices=True)
        for block in self.blocks():
            inner = F.relu(block.bn1(block.conv1(maps)))
            shortcut = maps if block.downsample is None else block.downsample(maps)
            maps = F.relu(block.bn2(block.conv2(inner)) + shortcut)
            gates += [inner > 0, maps > 0]
        outputs = model.fc(maps.mean((2, 3)))

        gates = iter(gates)
        graded = Graded.source(images).convolved(model.conv1).normalized(model.bn1).gated(next(gates))
        graded = graded.chosen(places)
        for block in self.blocks():
            inner = graded.convolved(block.conv1).normalized(block.bn1).gated(next(gates))
            inner = inner.convolved(block.conv2).normalized(block.bn2)
            if block.downsample is not None:
                graded = graded.convolved(block.downsample[0]).normalized(block.downsample[1])
            graded = (inner + graded).gated(next(gates))
        graded.values = graded.values.mean((3, 4))
        return outputs, graded.linear(lambda x: x @ model.fc.weight.T, model.fc.bias)


def by_image(graded):
    """Returns contributions as [images, units, lengths + 1]. The last one is that of the biases."""
    return graded.values.permute(1, 2, 0).contiguous().numpy()


def check(name, found, expected):
    """Returns the difference between two arrays relative to the largest value, and fails if it is too large."""
    apart = float(np.abs(found - expected).max() / np.abs(expected).max())
    if apart > TOLERANCE:
        raise SystemExit(f"{name} are apart by {apart}, relative to the largest")
    return apart


def seconds(function, rounds):
    function()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_turn(network, images, arguments):
    """Times both in turn, and returns median times and the ratios with their ranges."""
    model = REFERENCE / "best.pth" if arguments.network == "recurrent" else arguments.folder / "model.pt2"
    command = [arguments.pathscope, model, arguments.folder / "images.npy", "5"]
    # Freed memory is kept, as in the program itself.
    keep = "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296"
    environment = os.environ | {"RAYON_NUM_THREADS": str(arguments.threads), "GLIBC_TUNABLES": keep}
    rounds = []
    for _ in range(arguments.rounds):
        theirs = {
            "contributions": seconds(lambda: network.contributions(images), 5),
            "forward": seconds(lambda: network(images), 5),
        }
        ours = json.loads(subprocess.check_output(command, env=environment))
        rounds.append((theirs, ours))

    def ratio(of):
        ratios = [of(theirs, ours) for theirs, ours in rounds]
        return {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}

    return {
        "pathscope": {key: statistics.median(ours[key] for _, ours in rounds) for key in rounds[0][1]},
        "pytorch": {key: statistics.median(theirs[key] for theirs, _ in rounds) for key in rounds[0][0]},
        "contributions": ratio(lambda theirs, ours: theirs["contributions"] / ours["contributions"]),
        "forward": ratio(lambda theirs, ours: theirs["forward"] / ours["forward"]),
        "a length": ratio(lambda _, ours: ours["contributions"] / ours["forward"] / ours["lengths"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["recurrent", "resnet18"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pathscope", type=Path, help="the example time_contributions of a release build")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(13)
    recurrent = arguments.network == "recurrent"
    network = (Recurrent() if recurrent else Residual()).eval()
    images = torch.randn(64, 1, 50, 50) if recurrent else torch.randn(16, 3, 64, 64)
    report = {}
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        if recurrent:
            own = torch.from_numpy(np.load(REFERENCE / "images.npy"))
            found = by_image(network.contributions(own)[1])
            expected = np.load(REFERENCE / "contributions.npy")
            report["reference"] = check("contributions and those of the reference", found, expected)
        else:
            torch.export.save(torch.export.export(network.model, (images,)), arguments.folder / "model.pt2")
        outputs, graded = network.contributions(images)
        found = by_image(graded)
        report["outputs"] = check("sums and outputs", found.sum(2), network(images).numpy())
        check("outputs with and without gates", outputs.numpy(), network(images).numpy())
        np.save(arguments.folder / "images.npy", images.numpy())
        np.save(arguments.folder / "contributions.npy", found)
        report["lengths"] = graded.lengths
        if arguments.pathscope is None:
            report["contributions"] = seconds(lambda: network.contributions(images), arguments.rounds)
            report["forward"] = seconds(lambda: network(images), arguments.rounds)
        else:
            report |= in_turn(network, images, arguments)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
