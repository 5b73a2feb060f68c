"""Compares analyses of exported programs with the equations of their networks.

usage: check_programs.py CASES.json
"""

import functools
import json
import math
import pathlib
import sys

import torch

import gated_models
import models
import public
from check_export import imported
from programs import Refused, analyze, analyze_network, average_of, describe, difference, lengths_of, relative
from say import say, say_all, say_apart

# For strengths, from weights in single precision that are summed in another order.
TOLERANCE = 1e-6

# Networks with the size of their images, the number of their paths, and the smallest and largest length.
FAMILIES = {
    "CORnet-S": (models.CORnetS, 64, (256, 8, 29)),
    "CORnet-RT": (models.CORnetRT, 64, (5, 8, 9)),
    "CORnet-Z": (models.CORnetZ, 64, (1, 4, 4)),
    "BLT, additive": (models.BLT, 16, (26, 3, 7)),
    "BLT, multiplicative, mean over steps": (functools.partial(models.BLT, "gate", True), 16, (15, 3, 5)),
    "RCNN": (models.RCNN, 16, (16, 3, 9)),
    "GRCNN": (gated_models.GRCNN, 16, (4, 2, 5)),
    "ConvGRU": (gated_models.ConvGRU, 16, (65, 2, 6)),
    "ConvLSTM": (gated_models.ConvLSTM, 16, (11, 2, 4)),
    "ResNet with shared weights": (models.SharedResNet, 16, (16, 1, 9)),
    "computed weights": (models.ComputedWeights, 16, (1, 4, 4)),
}

# Public models whose paths follow from a formula.
PUBLIC = {
    "torchvision/resnet18": (public.resnet_paths, (256, 4, 17)),
    "torchvision/resnet50": (public.resnet_paths, (65536, 5, 49)),
    "torchvision/densenet201": (public.densenet_paths, (2**98, 4, 200)),
}


def check_paths(pathscope, network, images, expected, known):
    """Checks a network's analysis, before and after the decomposition into core operations."""
    lengths = expected.lengths
    say("equations", (expected.count(), min(lengths), max(lengths)) == known, describe(lengths))
    for form in ("plain", "core"):
        analysis = analyze_network(pathscope, network, images, core=form == "core")
        say_apart(f"{form} strengths", difference(lengths_of(analysis), lengths), TOLERANCE)
        average = analysis["ensembles"][0]["average_path_length"]
        say_apart(f"{form} average", relative(average, average_of(lengths)), TOLERANCE)


def check_family(pathscope, make, size, known):
    network = models.randomized(make())
    check_paths(pathscope, network, torch.rand(2, 3, size, size), network.paths(), known)


def check_public(pathscope, name, count, known):
    network = models.randomized(public.build(name))
    check_paths(pathscope, network, public.images_for(network, 64), count(network), known)


def check_forms(pathscope):
    """Checks weights in half precision, and a batch of dynamic size."""
    batch = ({0: torch.export.Dim("batch")},)
    for precision, shapes in ((torch.float16, None), (torch.bfloat16, None), (torch.float32, batch)):
        network = models.randomized(models.CORnetS()).to(precision)
        images = torch.rand(2, 3, 64, 64, dtype=precision)
        found = lengths_of(analyze_network(pathscope, network, images, dynamic_shapes=shapes))
        name = "dynamic batch" if shapes else str(precision)
        say_apart(name, difference(found, network.paths().lengths), TOLERANCE)


def check_product(pathscope):
    """Checks a product without an obvious gate: pathscope asks, and then uses the given one."""
    network, images = models.randomized(models.BLT("product")), torch.rand(2, 3, 16, 16)
    try:
        analyze_network(pathscope, network, images)
        say("without --gate", False, "analyzed")
    except Refused as refused:
        asks = "--gate" in str(refused)
        say("without --gate", asks, "refused" if asks else refused)
    gates = ("--gate", "down.0", "--gate", "down.1")
    found = lengths_of(analyze_network(pathscope, network, images, *gates))
    say_apart("with --gate", difference(found, network.paths().lengths), TOLERANCE)


def paths_of(analysis, components):
    """Returns the strength of each path over these components only."""
    strengths = {}
    (ensemble,) = analysis["ensembles"]
    for entry in ensemble["strongest"]:
        path = tuple(name for name in entry["path"] if name in components)
        strengths[path] = strengths.get(path, 0.0) + entry["strength"]
    return strengths


def check_reference(pathscope, reference):
    """Checks that a published model has the same analysis as a checkpoint and as an exported program."""
    every = ("--top", "100000")
    checkpoint = analyze(pathscope, reference["checkpoint"], *every)
    network = imported(pathlib.Path(reference["module"])).load(reference["module"])
    images = torch.rand(2, *reference["image"])
    program = analyze_network(pathscope, network, images, "--from", "conv[1]", *every)
    strengths = {component["name"]: component["strength"] for component in checkpoint["components"]}
    found = {component["name"]: component["strength"] for component in program["components"]}
    missing = strengths.keys() - found.keys()
    say("components", not missing, ", ".join(sorted(missing)) or str(len(strengths)))
    say_apart("strengths", max(relative(found[name], strength) for name, strength in strengths.items()), TOLERANCE)

    # In the program, each path includes the readout, and a path that is read at several iterations occurs several times.
    (readout,) = (c["strength"] for c in program["components"] if c["kind"] == "linear")
    expected = paths_of(checkpoint, strengths)
    paths = {path: strength / readout for path, strength in paths_of(program, strengths).items()}
    say_paths("paths", paths, expected)
    averages = [analysis["ensembles"][0]["average_path_length"] for analysis in (program, checkpoint)]
    say_apart("average path length", relative(*averages), TOLERANCE)

    circuit = checkpoint["circuit"]
    # A multi-path model has a separate block for each path.
    if not circuit["multi_path"]:
        last = f"bn[{circuit['blocks'][-1]['number']},{circuit['iterations']}]"
        ended = analyze_network(pathscope, network, images, "--from", "conv[1]", "--to", last, *every)
        products = {path: math.prod(map(strengths.get, path)) for path in expected if path[-1] == last}
        say_paths("paths to the last block", paths_of(ended, strengths), products)


def say_paths(check, found, expected):
    same = found.keys() == expected.keys()
    apart = max(relative(found[path], strength) for path, strength in expected.items()) if same else float("inf")
    say_apart(f"{len(expected)} {check}", apart, TOLERANCE)


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    pathscope = cases["pathscope"]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for name, family in FAMILIES.items():
        say_all(name, check_family, pathscope, *family)
    for name, model in PUBLIC.items():
        say_all(name, check_public, pathscope, name, *model)
    say_all("CORnet-S in other forms", check_forms, pathscope)
    say_all("a product of two values", check_product, pathscope)
    for reference in cases["references"]:
        say_all(reference["name"], check_reference, pathscope, reference)


if __name__ == "__main__":
    main()
