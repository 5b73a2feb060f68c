# pathscope: about
# A recurrent network: 1 recurrent block after the first, 2 iterations, readout late-avg.
# pathscope: end
"""A network in PyTorch, exported by pathscope.

    from model import load

    network = load()                          # in evaluation mode, with the weights in model.safetensors
    with torch.no_grad():
        predictions = network(images)         # float32, [N, neurons]

or `python model.py images.npy predictions.npy`. The network needs only PyTorch; reading and writing .npy files also
needs NumPy. You can train it further in training mode (`network.train()`); `save(network, path)` then writes a
checkpoint that pathscope reads.

Layers have pathscope's names: `network.layer("conv[1]").weight` is `conv[1].weight` in model.safetensors.
Equations are those of Zhang et al., "Recurrent circuits as multi-path ensembles for modeling responses of early
visual cortical neurons", appendix B; y is the output of a block.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


# pathscope: recurrent
class Connection(NamedTuple):
    """A connection that ends at a block."""

    name: str  # contains {t} if every iteration t has a convolution of its own
    source: int  # the block that it comes from
    delay: int  # how many iterations later it arrives
    kernel: int | None  # the size of its kernel; None for an identity connection, which has no convolution


class Block(NamedTuple):
    """A block after the first."""

    number: int
    iterations: Sequence[int]  # the iterations at which it is computed
    normalization: str | None  # the name of its batch normalization; contains {t} if every iteration t has its own
    connections: list[Connection]


# pathscope: end
# pathscope: multi-path
class Step(NamedTuple):
    """A block on a path."""

    block: int
    convolution: str | None  # the name of the convolution that leads into it; None for an identity connection
    normalization: str | None  # the name of the batch normalization that follows, before the activation


# pathscope: end
# pathscope: network
# Images are [N, 1, height 17 to 19, width 17 to 19].
IMAGE_CHANNELS = 1
NEURONS = 7
# Output channels of each block; block 1 is the first.
CHANNELS = {1: 8, 2: 8}
FIRST_BLOCK = ["bn[input]", "conv[1]", "bn[1]", "activation"]  # the first block's layers and activation, in order
FIRST_KERNEL, FIRST_BIAS = 9, False
EPSILON, MOMENTUM = 0.001, 0.1  # for every batch normalization
ACTIVATION, OUTPUT_ACTIVATION = F.relu, F.softplus
POOLING_KERNEL, POOLING_STRIDE = 3, 3
READ_BLOCK, READ_SIZE = 2, (4, 4)  # the block that is read out, its pooled size
READ_ITERATIONS: Sequence[int] = range(1, 3)  # the iterations that are read out
READOUT = "late-avg"  # no-avg, early-avg, late-avg or 2-avg

ITERATIONS = 2  # T
# The blocks in the order in which they are computed.
BLOCKS = [
    Block(
        2,
        iterations=range(1, 3),
        normalization="bn[2,{t}]",
        connections=[
            Connection("conv[2].bottom_up", source=1, delay=0, kernel=3),
            Connection("conv[2].lateral", source=2, delay=1, kernel=3),
        ],
    ),
]

# Kernel sizes of the convolutions, which all paths share.
KERNELS = {"conv[2].bottom_up": 3, "conv[2].lateral": 3}
# The paths: the iterations at which each is read out, and its blocks from the bottom up.
PATHS = [
    ([1], [Step(2, "conv[2].bottom_up", "bn[2,1]")]),
    ([2], [Step(2, "conv[2].bottom_up", "bn[2,1]"), Step(2, "conv[2].lateral", "bn[2,2]")]),
]
# pathscope: end


def batch_normalization(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=MOMENTUM)


def convolution(source: int, block: int, kernel: int) -> nn.Module:
    """Returns a convolution from one block to another that keeps the size of the maps."""
    return nn.Conv2d(CHANNELS[source], CHANNELS[block], kernel, padding=kernel // 2, bias=False)


class Readout(nn.Module):
    """A factorized readout.

    Neuron n gets bias[n] plus the sum of feature[n, c] * spatial[n, i, j] * y[c, i, j] over the channels c, rows i
    and columns j of the maps y.
    """

    def __init__(self, neurons: int, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.spatial = nn.Parameter(torch.zeros(neurons, height, width))
        self.feature = nn.Parameter(torch.zeros(neurons, channels))
        self.bias = nn.Parameter(torch.zeros(neurons))

    def forward(self, y: Tensor) -> Tensor:
        weight = self.feature[:, :, None, None] * self.spatial[:, None, :, :]
        return F.linear(y.flatten(1), weight.flatten(1), self.bias)


class Network(nn.Module):
    """The first block and the readout of a network. A subclass computes what lies between them."""

    # Written by save but not used here: the checkpoint's metadata, and weights of layers that the output ignores.
    metadata: dict[str, str]
    unread: dict[str, Tensor]

    def __init__(self) -> None:
        super().__init__()
        if "bn[input]" in FIRST_BLOCK:
            self.add("bn[input]", batch_normalization(IMAGE_CHANNELS))
        self.add("conv[1]", nn.Conv2d(IMAGE_CHANNELS, CHANNELS[1], FIRST_KERNEL, bias=FIRST_BIAS))
        if "bn[1]" in FIRST_BLOCK:
            self.add("bn[1]", batch_normalization(CHANNELS[1]))
        self.readout = Readout(NEURONS, CHANNELS[READ_BLOCK], *READ_SIZE)

    def add(self, name: str, layer: nn.Module) -> None:
        """Adds a layer unless it exists. "conv[2].lateral" is the layer "lateral" in the group "conv[2]"."""
        group, _, last = name.rpartition(".")
        if group and group not in self._modules:
            self.add_module(group, nn.ModuleDict())
        parent = self.get_submodule(group)
        if last not in parent._modules:
            parent.add_module(last, layer)

    def layer(self, name: str) -> nn.Module:
        return self.get_submodule(name)

    def forward(self, images: Tensor) -> Tensor:
        """Returns predicted responses [N, neurons] to images [N, channels, height, width]."""
        return self.read_out(self.outputs(self.first_block(images)))

    def first_block(self, images: Tensor) -> Tensor:
        """Returns the output of the first block (Eqs. 1c and 1d)."""
        y = images
        for step in FIRST_BLOCK:
            y = ACTIVATION(y) if step == "activation" else self.layer(step)(y)
        return y

    def outputs(self, first: Tensor) -> list[Tensor]:
        """Returns what the readout sees at each of READ_ITERATIONS, given the output of the first block."""
        raise NotImplementedError

    def read_out(self, outputs: list[Tensor]) -> Tensor:
        if READOUT == "no-avg":  # Eq. 2a
            return self.respond(outputs[-1])
        if READOUT == "early-avg":  # Eq. 2b
            return self.respond(torch.stack(outputs).mean(0))
        if READOUT == "2-avg":  # both early and late averaging: Eqs. 2d and 2e
            outputs = [torch.stack(outputs[:t]).mean(0) for t in range(1, len(outputs) + 1)]
        # Late averaging: Eq. 2c
        return torch.stack([self.respond(y) for y in outputs]).mean(0)

    def respond(self, y: Tensor) -> Tensor:
        # Eq. 1a. Windows at the border average only the values inside the map.
        pooled = F.avg_pool2d(y, POOLING_KERNEL, POOLING_STRIDE, ceil_mode=True)
        return OUTPUT_ACTIVATION(self.readout(pooled))


# pathscope: recurrent
class Recurrent(Network):
    """A network that computes its blocks at every iteration. With one iteration it is feed-forward."""

    def __init__(self) -> None:
        super().__init__()
        for block in BLOCKS:
            for name, source, delay, kernel in block.connections:
                for t in block.iterations:
                    if kernel is not None and t > delay:
                        self.add(name.format(t=t), convolution(source, block.number, kernel))
            for t in block.iterations:
                if block.normalization is not None:
                    self.add(block.normalization.format(t=t), batch_normalization(CHANNELS[block.number]))

    def outputs(self, first: Tensor) -> list[Tensor]:
        # y[m, t] is the output of block m at iteration t: Eqs. 2f and 2g
        y = {}
        for t in range(1, ITERATIONS + 1):
            y[1, t] = first
            for block in BLOCKS:
                if t in block.iterations:
                    y[block.number, t] = self.output(block, t, y)
                elif (block.number, t - 1) in y:
                    # Held after its last iteration (appendix B.2)
                    y[block.number, t] = y[block.number, t - 1]
        return [y[READ_BLOCK, t] for t in READ_ITERATIONS]

    def output(self, block: Block, t: int, y: dict[tuple[int, int], Tensor]) -> Tensor:
        # Eq. 2i; outputs before the first iteration are 0 (Eq. 2h)
        first = y[1, t]
        drive = first.new_zeros(len(first), CHANNELS[block.number], *first.shape[2:])
        for name, source, delay, kernel in block.connections:
            if t > delay:
                arriving = y[source, t - delay]
                drive = drive + (arriving if kernel is None else self.layer(name.format(t=t))(arriving))
        if block.normalization is not None:
            drive = self.layer(block.normalization.format(t=t))(drive)
        return ACTIVATION(drive)


NETWORK: type[Network] = Recurrent


# pathscope: end
# pathscope: multi-path
class MultiPath(Network):
    """A network of separate paths that share their convolutions."""

    def __init__(self) -> None:
        super().__init__()
        for _, steps in PATHS:
            source = 1
            for block, conv, bn in steps:
                if conv is not None:
                    self.add(conv, convolution(source, block, KERNELS[conv]))
                if bn is not None:
                    self.add(bn, batch_normalization(CHANNELS[block]))
                source = block

    def outputs(self, first: Tensor) -> list[Tensor]:
        # Paths that reach the top block at the same iteration are summed (Fig. 4b and appendix E)
        sums = {t: first.new_zeros(()) for t in READ_ITERATIONS}
        for iterations, steps in PATHS:
            y = first
            for _, conv, bn in steps:
                if conv is not None:
                    y = self.layer(conv)(y)
                if bn is not None:
                    y = self.layer(bn)(y)
                y = ACTIVATION(y)
            for t in iterations:
                sums[t] = sums[t] + y
        return [sums[t] for t in READ_ITERATIONS]


NETWORK = MultiPath


# pathscope: end
def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Returns the tensors and the metadata of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, expected F32")
        start, end = entry["data_offsets"]
        tensor = torch.frombuffer(numbers, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = tensor.reshape(entry["shape"]).clone()
    return tensors, metadata


def load(folder: str | Path = Path(__file__).parent) -> Network:
    """Returns the network in evaluation mode, with the weights from model.safetensors."""
    tensors, metadata = read_safetensors(Path(folder) / "model.safetensors")
    network = NETWORK()
    missing, unread = network.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    if missing:
        raise ValueError(f"{folder}: model.safetensors lacks {', '.join(missing)}: it belongs to another network")
    network.metadata, network.unread = metadata, {name: tensors[name] for name in unread}
    return network.eval()


def save(network: Network, path: str | Path) -> None:
    """Writes a loaded network, for example after fine-tuning, as a checkpoint that pathscope reads."""
    header: dict[str, object] = {"__metadata__": network.metadata}
    numbers = b""
    for name, tensor in {**network.state_dict(), **network.unread}.items():
        if not name.endswith(".num_batches_tracked"):
            data = tensor.detach().to("cpu", torch.float32).contiguous().numpy().tobytes()
            offsets = [len(numbers), len(numbers) + len(data)]
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
            numbers += data
    text = json.dumps(header).encode()
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + numbers)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python model.py IMAGES.npy PREDICTIONS.npy")
    import numpy as np

    images = np.load(sys.argv[1])
    # Pixels of uint8 images are scaled to 0 to 1.
    images = torch.from_numpy(images.astype(np.float32)) / (255 if images.dtype == np.uint8 else 1)
    if images.dim() == 3:
        images = images.unsqueeze(1)
    network = load()
    with torch.no_grad():
        predictions = torch.cat([network(batch) for batch in images.split(256)])
    np.save(sys.argv[2], predictions.numpy())


if __name__ == "__main__":
    main()
