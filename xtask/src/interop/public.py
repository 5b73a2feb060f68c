"""Models of torchvision and timm with random weights, and the paths of some of them by their equations."""

import timm
import torch
import torchvision

from paths import IMAGES

# The size of weights in bytes from which a model is made in half precision, to keep files small.
LARGE = 200_000_000


def build(name):
    """Returns a model in evaluation mode by its name, which begins with that of its library."""
    library, _, name = name.partition("/")
    torch.manual_seed(0)
    if library == "timm":
        network = timm.create_model(name)
    else:
        # The initialization of these two takes longer than everything else.
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        network = torchvision.models.get_model(name, weights=None, **options)
    if sum(parameter.numel() * parameter.element_size() for parameter in network.parameters()) > LARGE:
        network = network.to(torch.bfloat16)
    return network.eval()


def images_for(network, size):
    return torch.rand(2, 3, size, size, dtype=next(network.parameters()).dtype)


def torchvision_names():
    return [f"torchvision/{name}" for name in torchvision.models.list_models(module=torchvision.models)]


def resnet_paths(network):
    """Returns the paths through a ResNet of torchvision, in which each block adds its output to its input."""
    x = IMAGES.through(network.conv1, network.bn1)
    for block in (block for layer in range(1, 5) for block in network.get_submodule(f"layer{layer}")):
        names = [f"{kind}{number}" for number in range(1, 4) for kind in ("conv", "bn")]
        residual = x.through(*(getattr(block, name) for name in names if hasattr(block, name)))
        x = residual + (x.through(*block.downsample) if block.downsample else x)
    return x.through(network.fc)


def densenet_paths(network):
    """Returns the paths through a DenseNet of torchvision, in which a layer sees all earlier layers of its block."""
    features = network.features
    x = IMAGES.through(features.conv0, features.norm0)
    for number in range(1, 5):
        for layer in features.get_submodule(f"denseblock{number}").values():
            x += x.through(layer.norm1, layer.conv1, layer.norm2, layer.conv2)
        if number < 4:
            transition = features.get_submodule(f"transition{number}")
            x = x.through(transition.norm, transition.conv)
    return x.through(features.norm5, network.classifier)
