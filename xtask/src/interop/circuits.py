"""Nets in pathscope's own format: with fewer iterations, with another readout mode, or with random weights."""

import json
import pathlib
import random
import struct


def read(source):
    """Returns what a net says of itself: its header, its circuit, and the bytes of its tensors."""
    data = pathlib.Path(source).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    return header, json.loads(header["__metadata__"]["pathscope"]), data[8 + size :]


def write(described, tensors, target):
    """Writes a net, and returns its file.

    tensors: by name, what the header says of them, and their bytes
    """
    header, data = {"__metadata__": {"pathscope": json.dumps(described)}}, b""
    for name, (tensor, content) in tensors.items():
        header[name] = {**tensor, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    target = pathlib.Path(target)
    target.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return target


def iterations_of(source):
    return read(source)[1]["circuit"]["iterations"]


def shortened(source, iterations, readout, target, without=()):
    """Writes a net as it would be if it had so many iterations and this readout mode, and returns its file.

    without: the tensors that it would not have
    """
    header, described, data = read(source)
    circuit = described["circuit"]
    circuit["iterations"], circuit["readout"] = iterations, readout
    for block in circuit["blocks"]:
        block["iterations"] = min(block["iterations"], iterations)
    tensors = {}
    for name, tensor in header.items():
        if name != "__metadata__" and name not in without:
            start, end = tensor["data_offsets"]
            tensors[name] = tensor, data[start:end]
    return write(described, tensors, target)


def random_net(blocks, iterations, scale, target):
    """Writes the paper's circuit with random weights, whose normalizations are as strong as the scale, and returns its file."""
    numbers = random.Random(blocks * iterations)
    circuit = {
        "iterations": iterations,
        "blocks": [
            {"name": f"RCPB {index + 1}", "iterations": iterations, "normalization": "per-iteration"}
            for index in range(blocks)
        ],
        "connections": [],
        "read_from": blocks + 1,
        "readout": "late-avg",
        "activation": "relu",
        "multi_path": None,
    }
    tensors = {}

    def add(name, shape, values):
        tensors[name] = {"dtype": "F32", "shape": shape}, struct.pack(f"<{len(values)}f", *values)

    for block in range(2, blocks + 2):
        for source, delay, name in ((block - 1, 0, "bottom_up"), (block, 1, "lateral")):
            circuit["connections"].append({"from": source, "to": block, "delay": delay, "operation": "convolution"})
            add(f"conv[{block}].{name}.weight", [2, 2, 1, 1], [numbers.gauss(0, 1) for _ in range(4)])
        for iteration in range(1, iterations + 1):
            add(f"bn[{block},{iteration}].running_var", [2], [numbers.uniform(0.5, 4) for _ in range(2)])
            add(f"bn[{block},{iteration}].weight", [2], [numbers.gauss(0, scale) for _ in range(2)])
    return write({"schema": "pathscope/circuit/1", "epsilon": 0.25, "circuit": circuit}, tensors, target)
