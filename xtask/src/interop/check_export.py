"""Checks one exported network in PyTorch: both forms of it, against what it should predict.

usage: check_export.py MODULE_FOLDER ARCHIVE (REFERENCE_FOLDER | CHECKPOINT CHANNELS HEIGHT WIDTH) SAVED

Prints a line of JSON for each check. The weights after one training step are left in SAVED.
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

# Of predictions that were computed in single precision, in another order.
TOLERANCE = 1e-5


def say(check, difference, tolerance=TOLERANCE):
    passed = bool(difference <= tolerance)  # False of NaN
    print(json.dumps({"check": check, "passed": passed, "detail": f"apart by {difference:.1e}"}), flush=True)


def apart(a, b):
    if a.shape != b.shape:
        return float("nan")
    return (a.detach().double() - b.detach().double()).abs().max().item()


def imported(folder):
    specification = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def expectations(arguments):
    """Images and what is expected of them."""
    if len(arguments) == 1:
        folder = pathlib.Path(arguments[0])
        return tuple(torch.from_numpy(np.load(folder / f"{name}.npy")) for name in ("images", "predictions"))
    checkpoint, *size = arguments
    images = torch.rand((6, *map(int, size)), generator=torch.Generator().manual_seed(0))
    return images, equations.predict(checkpoint, images)


def run_as_command(folder, images):
    with tempfile.TemporaryDirectory() as temporary:
        files = [str(pathlib.Path(temporary) / name) for name in ("images.npy", "predictions.npy")]
        np.save(files[0], images.numpy())
        subprocess.run([sys.executable, str(folder / "model.py"), *files], check=True)
        return torch.from_numpy(np.load(files[1]))


def training_step(network, parameters, images, expected):
    """The loss before and after some steps, and whether every parameter has a gradient."""
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


def main():
    folder, archive, *arguments, saved = sys.argv[1:]
    folder = pathlib.Path(folder)
    images, expected = expectations(arguments)
    # Networks whose every prediction is 0 would pass whatever they compute.
    activity = float(expected.std())
    print(json.dumps({"check": "predictions differ", "passed": activity > 1e-2, "detail": f"by {activity:.2g}"}))

    model = imported(folder)
    network, script = model.load(folder), torch.jit.load(archive)
    with torch.no_grad():
        say("module", apart(network(images), expected))
        say("archive", apart(script(images), expected))
        say("module as a command", apart(run_as_command(folder, images), expected))
        double = apart(network.to(torch.float64)(images.double()), script.to(torch.float64)(images.double()))
        say("both in double precision", double, 1e-12)
    names = {name for name in network.state_dict() if not name.endswith(".num_batches_tracked")}
    extra = set(script.state_dict()) - names - set(network.unread)
    missing = names - set(script.state_dict())
    print(json.dumps({"check": "names", "passed": not (extra or missing), "detail": f"{len(names)} tensors"}))

    # In double precision, so that both take the same steps.
    target = expected.double() + 0.1
    losses, whole = training_step(network, list(network.parameters()), images.double(), target)
    scripted = [parameter for name, parameter in script.named_parameters() if name in names]
    script_losses, script_whole = training_step(script, scripted, images.double(), target)
    passed = whole and script_whole and losses[-1] < losses[0]
    detail = f"loss {losses[0]:.4g} to {losses[-1]:.4g}"
    print(json.dumps({"check": "training", "passed": passed, "detail": detail}))
    say("training of both", max(abs(a - b) for a, b in zip(losses, script_losses)), 1e-9)
    model.save(network, saved)


if __name__ == "__main__":
    main()
