"""A worked study: which paths of a ResNet-18 predict neurons of V1?

usage: resnet.py DATA OUT [--epochs N] [--seed N]
"""

from __future__ import annotations

import copy

import pathscope
import torch
import torchvision
from torch import nn

from recordings import correlation, parsed, read, train


def without_branch(model: nn.Module, name: str) -> nn.Module:
    """Returns a copy of a ResNet in which a block passes on its skip connection alone."""
    lesioned = copy.deepcopy(model)
    normalization = lesioned.get_submodule(name).bn2
    nn.init.zeros_(normalization.weight)
    nn.init.zeros_(normalization.bias)
    return lesioned


def main() -> None:
    arguments = parsed(__doc__.splitlines()[0], epochs=6)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    training, validation, test = read(arguments.data, downsample=1, seed=arguments.seed)
    torch.manual_seed(arguments.seed)
    model = torchvision.models.resnet18(num_classes=training.responses.shape[1])
    model.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    train(model, training, validation, epochs=arguments.epochs, seed=arguments.seed)
    print(f"correlation on test images: {correlation(model, test):.3f}")

    analysis = pathscope.analyze(model, test.images[:2])
    images = test.images[:200]
    contributions = pathscope.contributions(model, images, baseline="mean")
    lengths = analysis.lengths
    for length, paths, by_strength, by_contribution in zip(
        lengths["length"], lengths["paths"], lengths["probability"], contributions.share, strict=True
    ):
        shares = f"{by_strength:.4f} by strength, {by_contribution:.4f} by contribution"
        print(f"length {length:2}: {paths:3} paths, {shares}")
    print(f"average path length {analysis.average_path_length:.2f} by strength")
    print(f"average path length {contributions.average:.2f} by contribution")

    through = pathscope.contributions(model, images, by="connection", baseline="mean", resamples=0)
    whole = correlation(model, test)
    for name, block in model.named_modules():
        if isinstance(block, torchvision.models.resnet.BasicBlock):
            found = through[f"{name}.conv2"]
            share = found.share[found.marks == 1].sum()
            drop = whole - correlation(without_branch(model, name), test)
            print(f"branch of {name}: share {share:.3f} by contribution, correlation {drop:.3f} lower without it")

    contributions.figure("distribution", width=120).save(out / "distribution.svg")
    analysis.report(out / "report.html", contributions, title="ResNet-18 of V1")


if __name__ == "__main__":
    main()
