"""Checks analyses of public models: the classification models of torchvision, and the families of timm.

usage: check_public.py CASES.json

public-models.txt lists the models, with those that are refused. A model that is refused for another reason, or no
longer refused, fails.
"""

import concurrent.futures
import json
import pathlib
import sys
import tempfile
import typing

import torch

import public
from programs import Refused, analyze, contributions, describe, difference, lengths_of
from say import say, say_all, say_apart

LIST = pathlib.Path(__file__).with_name("public-models.txt")
# For the same strengths, computed in another order.
TOLERANCE = 1e-6
# For values in double precision, relative to the largest output.
SUMS_TOLERANCE = 1e-12
PROCESSES = 2


class Model(typing.NamedTuple):
    name: str
    size: int
    # Whether it is analyzed in core operations as well.
    core: bool
    # Whether its contributions are computed as well.
    sums: bool
    # The operation that a refusal names.
    refused: str | None


def listed():
    models = []
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            name, size, *rest = line.split()
            refused = rest[1] if rest[:1] == ["refused"] else None
            models.append(Model(name, int(size), "core" in rest, "sums" in rest, refused))
    return models


def attempt(pathscope, model):
    """Returns the result of each form of a model (paths by length, or the reason of the refusal), and the largest
    difference between sums of contributions and PyTorch's outputs in double precision, if requested."""
    torch.set_num_threads(1)
    network = public.build(model.name)
    images = public.images_for(network, model.size)
    program = torch.export.export(network, (images,))
    found, apart = [], None
    with tempfile.TemporaryDirectory() as folder:
        for form in (program, program.run_decompositions()) if model.core else (program,):
            torch.export.save(form, f"{folder}/model.pt2")
            try:
                found.append(lengths_of(analyze(pathscope, f"{folder}/model.pt2")))
            except Refused as refused:
                found.append(str(refused))
        if model.sums:
            torch.export.save(program, f"{folder}/model.pt2")
            sums = contributions(pathscope, f"{folder}/model.pt2", images).sum(2)
            with torch.no_grad():
                outputs = network.double()(images.double()).flatten(1).numpy()
            apart = float(abs(sums - outputs).max() / abs(outputs).max())
    return found, apart


def check(model, outcome):
    (plain, *core), apart = outcome.result()
    if isinstance(plain, str):
        expected = model.refused is not None and model.refused in plain
        say("refused for", expected, model.refused if expected else plain)
        return
    say("analyzed,", model.refused is None, describe(plain))
    for lengths in core:
        if isinstance(lengths, str):
            say("analyzed in core operations", False, lengths)
        else:
            say_apart("in core operations", difference(lengths, plain), TOLERANCE)
    if apart is not None:
        say_apart("sums of contributions and outputs", apart, SUMS_TOLERANCE)


def check_list(models):
    names = {model.name for model in models}
    missing = [name for name in public.torchvision_names() if name not in names]
    say("all of torchvision are listed", not missing, ", ".join(missing) or str(len(public.torchvision_names())))


def main():
    pathscope = json.loads(pathlib.Path(sys.argv[1]).read_text())["pathscope"]
    models = listed()
    say_all("public models", check_list, models)
    with concurrent.futures.ProcessPoolExecutor(PROCESSES) as executor:
        outcomes = [executor.submit(attempt, pathscope, model) for model in models]
        for model, outcome in zip(models, outcomes):
            say_all(model.name, check, model, outcome)


if __name__ == "__main__":
    main()
