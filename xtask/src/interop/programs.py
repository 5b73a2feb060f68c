"""Functions that export networks with torch.export, analyze them with pathscope, and compare the results."""

import json
import subprocess
import tempfile

import numpy as np
import torch


class Refused(Exception):
    """The message of pathscope about a file that it refuses."""


def analyze(pathscope, path, *options):
    command = [pathscope, "--quiet", "analyze", "--format", "json", *options, path]
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode:
        raise Refused(process.stderr.strip())
    return json.loads(process.stdout)


def analyze_network(pathscope, network, images, *options, core=False, dynamic_shapes=None):
    """Returns the analysis of a network as an exported program, in core operations if requested."""
    program = torch.export.export(network, (images,), dynamic_shapes=dynamic_shapes)
    with tempfile.TemporaryDirectory() as folder:
        torch.export.save(program.run_decompositions() if core else program, f"{folder}/model.pt2")
        return analyze(pathscope, f"{folder}/model.pt2", *options)


def contributions(pathscope, path, images):
    """Returns contributions in double precision, [images, units, lengths + 1]. The last one is that of biases."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/images.npy", images.numpy())
        command = [pathscope, "--quiet", "contributions", path, "--images", f"{folder}/images.npy"]
        command += ["--images-scale", "1", "--precision", "double", "--resamples", "0", "--out", f"{folder}/out"]
        process = subprocess.run(command, capture_output=True, text=True)
        if process.returncode:
            raise Refused(process.stderr.strip())
        return np.load(f"{folder}/out/contributions.npy")


def lengths_of(analysis):
    """Returns the number and strength of paths for each length."""
    (ensemble,) = analysis["ensembles"]
    return {entry["length"]: (entry["paths"], entry["strength"]) for entry in ensemble["lengths"]}


def average_of(lengths):
    total = sum(strength for _, strength in lengths.values())
    return sum(length * strength for length, (_, strength) in lengths.items()) / total


def difference(found, expected):
    """Returns the largest relative difference of strengths, which is infinite if numbers of paths differ."""
    if {length: count for length, (count, _) in found.items()} != {l: count for l, (count, _) in expected.items()}:
        return float("inf")
    return max(relative(found[length][1], strength) for length, (_, strength) in expected.items())


def relative(found, expected):
    return abs(found - expected) / abs(expected) if expected else abs(found)


def describe(lengths):
    count = sum(count for count, _ in lengths.values())
    return f"{count if count < 10**9 else f'{count:.2e}'} paths of lengths {min(lengths)} to {max(lengths)}"
