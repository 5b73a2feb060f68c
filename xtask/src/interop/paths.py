"""Counts the paths through a network by its equations, without pathscope and without an exported program."""

from torch import nn


class Paths:
    """The paths from a network's images to one of its values: number and strength for each length."""

    def __init__(self, lengths):
        self.lengths = lengths

    def __add__(self, other):
        """Returns the paths to a sum, or to a concatenation."""
        lengths = dict(self.lengths)
        for length, (count, strength) in other.lengths.items():
            counted, so_far = lengths.get(length, (0, 0.0))
            lengths[length] = counted + count, so_far + strength
        return Paths(lengths)

    def times(self, factor):
        """Returns the paths to a product with a constant."""
        return Paths({length: (count, strength * factor) for length, (count, strength) in self.lengths.items()})

    def convolved(self, strength):
        """Returns the paths to the output of a convolution of this strength."""
        longer = {length + 1: numbers for length, numbers in self.lengths.items()}
        return Paths(longer).times(strength)

    def through(self, *layers):
        """Returns the paths to the output of layers in sequence."""
        paths = self
        for layer in layers:
            paths = (paths.convolved if is_convolution(layer) else paths.times)(strength_of(layer))
        return paths

    def count(self):
        return sum(count for count, _ in self.lengths.values())


# The paths to a constant, and those to the images.
NONE = Paths({})
IMAGES = Paths({0: (1, 1.0)})


def is_convolution(layer):
    return isinstance(layer, nn.modules.conv._ConvNd)


def strength_of(layer):
    """Returns the strength of a layer with parameters."""
    weight = layer.weight.detach().double()
    if isinstance(layer, nn.modules.batchnorm._BatchNorm):
        return (weight / (layer.running_var.double() + layer.eps).sqrt()).abs().mean().item()
    if isinstance(layer, (nn.GroupNorm, nn.LayerNorm)):
        return weight.abs().mean().item()
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        weight = weight.unflatten(0, (layer.groups, -1)).transpose(1, 2).flatten(0, 1)
    elif not is_convolution(layer) and not isinstance(layer, nn.Linear):
        raise TypeError(f"{type(layer).__name__} is not known to be a component")
    return kernel_norm(weight)


def kernel_norm(weight):
    """Returns the mean of the 2-norms of the weights of each output, which are along the first axis."""
    return weight.detach().double().flatten(1).norm(dim=1).mean().item()
