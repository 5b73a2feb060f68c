"""A direct computation of the paper's equations for pathscope's checkpoints, from the readout back, one output at a
time. It shares no code with exported networks."""

import json
import struct

import numpy as np
import torch
import torch.nn.functional as F

INPUT_BLOCK = 1
ACTIVATIONS = {"relu": torch.relu, "softplus": F.softplus}


class Checkpoint:
    def __init__(self, path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = file.read()
        description = json.loads(header.pop("__metadata__")["pathscope"])
        self.circuit, self.network = description["circuit"], description["network"]
        self.epsilon = description["epsilon"]
        self.tensors = {}
        for name, entry in header.items():
            numbers = np.frombuffer(data[slice(*entry["data_offsets"])], dtype="<f4")
            self.tensors[name] = torch.from_numpy(numbers.astype("f8").reshape(entry["shape"]))

    def connection_names(self):
        names = []
        for connection in self.circuit["connections"]:
            source, target = connection["from"], connection["to"]
            kind = "identity" if connection["operation"] == "identity" else "conv"
            if source == target:
                role, usual = "lateral", 1
            elif source > target:
                role, usual = f"top_down[{source}]", 1
            elif source == target - 1:
                role, usual = "bottom_up", 0
            else:
                role, usual = f"skip[{source}]", 0
            name = f"{kind}[{target}].{role}"
            if connection["delay"] != usual:
                name += f"@{connection['delay']}"
            alike = sum(other == name or other.startswith(name + "#") for other in names)
            names.append(name if not alike else f"{name}#{alike + 1}")
        return names

    def convolve(self, name, y, padded=True):
        weight = self.tensors[name + ".weight"]
        bias = self.tensors.get(name + ".bias")
        return F.conv2d(y, weight, bias, padding=weight.shape[-1] // 2 if padded else 0)

    def normalize(self, name, y):
        gamma, beta, mean, variance = (
            self.tensors[f"{name}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
        )
        return gamma * (y - mean) / torch.sqrt(variance + self.epsilon) + beta


def predict(path, images):
    """Returns predicted responses in double precision."""
    checkpoint = Checkpoint(path)
    circuit, network = checkpoint.circuit, checkpoint.network
    activate = ACTIVATIONS[circuit["activation"]]
    y = images.double()
    if network["input_normalization"]:
        y = checkpoint.normalize("bn[input]", y)
    y = checkpoint.convolve("conv[1]", y, padded=False)
    for step in network["first_block"]:
        y = checkpoint.normalize("bn[1]", y) if step == "normalization" else activate(y)
    outputs = (paths if circuit["multi_path"] else blocks)(checkpoint, y, activate)
    return read_out(checkpoint, outputs)


def normalization_kind(circuit, block):
    return circuit["blocks"][block - INPUT_BLOCK - 1]["normalization"]


def held(circuit, block, t):
    return t if block == INPUT_BLOCK else min(t, circuit["blocks"][block - INPUT_BLOCK - 1]["iterations"])


def arrivals(circuit, block, t):
    """Returns the connections with a signal for a block at iteration t."""
    for index, connection in enumerate(circuit["connections"]):
        if connection["to"] == block and t > connection["delay"]:
            yield index, connection, t - connection["delay"]


def carried(checkpoint, index, t, y):
    connection = checkpoint.circuit["connections"][index]
    name = checkpoint.connection_names()[index]
    if connection["operation"] == "identity":
        return y
    if connection["operation"] == "convolution-per-iteration":
        name += f"{{{t}}}"
    return checkpoint.convolve(name, y)


def blocks(checkpoint, first, activate):
    """Returns functions for the outputs that the readout may see, by iteration. Only those that it sees are called."""
    circuit = checkpoint.circuit
    known = {}

    def output(block, t):
        t = held(circuit, block, t)
        if block == INPUT_BLOCK:
            return first
        if (block, t) not in known:
            drive = torch.zeros_like(first)
            for index, connection, since in arrivals(circuit, block, t):
                drive = drive + carried(checkpoint, index, t, output(connection["from"], since))
            kind = normalization_kind(circuit, block)
            if kind != "none":
                drive = checkpoint.normalize(f"bn[{block}]" if kind == "shared" else f"bn[{block},{t}]", drive)
            known[block, t] = activate(drive)
        return known[block, t]

    return [lambda t=t: output(circuit["read_from"], t) for t in range(1, circuit["iterations"] + 1)]


def paths(checkpoint, first, activate):
    """Returns the same functions for a multi-path network."""
    circuit = checkpoint.circuit
    removed = set(circuit["multi_path"]["lengths_removed"])
    uses = {}

    def chains(block, t):
        """Returns all paths to a block, as lists of (connection, block, iteration)."""
        t = held(circuit, block, t)
        if block == INPUT_BLOCK:
            return [[]]
        found = []
        for index, connection, since in arrivals(circuit, block, t):
            found += [chain + [(index, block, t)] for chain in chains(connection["from"], since)]
        return found

    def is_kept(chain):
        convolutions = [circuit["connections"][index]["operation"] != "identity" for index, _, _ in chain]
        return sum(convolutions) not in removed

    def run(chain):
        y = first
        for index, block, t in chain:
            y = carried(checkpoint, index, t, y)
            kind = normalization_kind(circuit, block)
            if kind == "shared":
                y = checkpoint.normalize(f"bn[{block}]", y)
            elif kind == "per-iteration":
                y = checkpoint.normalize(f"bn[{block},{t}]", y)
            elif kind == "per-path":
                use = uses.get((block, t), 0)
                uses[block, t] = use + 1
                y = checkpoint.normalize(f"bn[{block},{t},{use}]" if use else f"bn[{block},{t}]", y)
            y = activate(y)
        return y

    sums, seen = [], {}
    for t in range(1, circuit["iterations"] + 1):
        at = held(circuit, circuit["read_from"], t)
        if at not in seen:
            kept = [run(chain) for chain in chains(circuit["read_from"], at) if is_kept(chain)]
            seen[at] = sum(kept) if kept else None
        if seen[at] is not None:
            sums.append(lambda y=seen[at]: y)
    return sums


def read_out(checkpoint, outputs):
    """Computes Eqs. 1a and 2a-2e."""
    pooling, tensors = checkpoint.network["pooling"], checkpoint.tensors

    def respond(y):
        pooled = F.avg_pool2d(y, pooling["kernel"], pooling["stride"], ceil_mode=True, count_include_pad=False)
        drive = torch.einsum("bcxy,nc,nxy->bn", pooled, tensors["readout.feature"], tensors["readout.spatial"])
        return ACTIVATIONS[checkpoint.network["output_activation"]](drive + tensors["readout.bias"])

    mode = checkpoint.circuit["readout"]
    if mode == "no-avg":
        return respond(outputs[-1]())
    outputs = [output() for output in outputs]
    if mode == "early-avg":
        return respond(sum(outputs) / len(outputs))
    if mode == "2-avg":
        outputs = [sum(outputs[:t]) / t for t in range(1, len(outputs) + 1)]
    return sum(respond(y) for y in outputs) / len(outputs)
