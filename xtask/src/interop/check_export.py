"""Checks both forms of exported networks in PyTorch against the expected predictions.

usage: check_export.py CASES.json

Prints a line of JSON for each check. Networks are saved after training, to the file that their case names.
"""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

import equations
from say import say, say_all, say_apart

# For predictions in single precision, computed in another order.
TOLERANCE = 1e-5


def apart(a, b):
    if a.shape != b.shape:
        return float("nan")
    return (a.detach().double() - b.detach().double()).abs().max().item()


def imported(folder):
    specification = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def expectations(case):
    """Returns images and their expected predictions."""
    if "reference" in case:
        folder = pathlib.Path(case["reference"])
        return tuple(torch.from_numpy(np.load(folder / f"{name}.npy")) for name in ("images", "predictions"))
    images = torch.rand((6, *case["image"]), generator=torch.Generator().manual_seed(0))
    return images, equations.predict(case["checkpoint"], images)


def run_as_command(folder, images):
    with tempfile.TemporaryDirectory() as temporary:
        files = [str(pathlib.Path(temporary) / name) for name in ("images.npy", "predictions.npy")]
        np.save(files[0], images.numpy())
        subprocess.run([sys.executable, f"{folder}/model.py", *files], check=True)
        return torch.from_numpy(np.load(files[1]))


def train(network, parameters, images, expected):
    """Returns the losses of some training steps, and whether every parameter has a gradient."""
    network.train()
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = (network(images) - expected).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, all(parameter.grad is not None for parameter in parameters)


def check(case):
    images, expected = expectations(case)
    # Constant predictions would pass any check.
    activity = float(expected.std())
    say("predictions vary by", activity > 1e-2, f"{activity:.2g}")

    module = imported(pathlib.Path(case["module"]))
    network, script = module.load(case["module"]), torch.jit.load(case["archive"])
    with torch.no_grad():
        say_apart("module", apart(network(images), expected), TOLERANCE)
        say_apart("archive", apart(script(images), expected), TOLERANCE)
        if case["as_command"]:
            say_apart("module as a command", apart(run_as_command(case["module"], images), expected), TOLERANCE)
        network, script = network.to(torch.float64), script.to(torch.float64)
        say_apart("float64", apart(network(images.double()), script(images.double())), 1e-12)
    # Tensors on this device have shapes and no values, so operations that are tied to the CPU fail as on a GPU.
    elsewhere = torch.jit.load(case["archive"], map_location="meta")(images.to("meta"))
    say("on the device meta", elsewhere.shape == expected.shape, "runs")
    names = {name for name in network.state_dict() if not name.endswith(".num_batches_tracked")}
    others = names.symmetric_difference(set(script.state_dict()) - set(network.unread))
    say("tensors", not others, ", ".join(sorted(others)) or str(len(names)))

    # Double precision, so that both take the same steps.
    target = expected.double() + 0.1
    losses, whole = train(network, list(network.parameters()), images.double(), target)
    read = [parameter for name, parameter in script.named_parameters() if name in names]
    script_losses, script_whole = train(script, read, images.double(), target)
    lower = losses[-1] < losses[0]
    say("loss", whole and script_whole and lower, f"{losses[0]:.3g} to {losses[-1]:.3g}")
    say_apart("losses of both", max(abs(a - b) for a, b in zip(losses, script_losses)), 1e-9)
    module.save(network, case["saved"])


def main():
    for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
        say_all(case["name"], check, case)


if __name__ == "__main__":
    main()
