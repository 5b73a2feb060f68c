"""Small networks with random weights, of the kinds that pathscope analyzes as exported programs.

Every network has its equations twice: `forward` computes its output from images, and `paths` computes the paths to the
output. No path leads through a gate, so the layers of gates do not occur in `paths`.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations

from paths import IMAGES, NONE, kernel_norm


def randomized(network):
    """Returns a network in evaluation mode whose normalizations have parameters as after training."""
    for layer in network.modules():
        if isinstance(layer, (nn.modules.batchnorm._BatchNorm, nn.GroupNorm)):
            nn.init.normal_(layer.weight, 1.0, 0.5)
            nn.init.normal_(layer.bias, 0.0, 0.2)
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(layer.running_mean, 0.0, 0.2)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return network.eval()


def convolution(channels_in, channels, size=3, stride=1):
    return nn.Conv2d(channels_in, channels, size, stride, size // 2, bias=False)


def norms(channels, count):
    return nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(count))


class StagedArea(nn.Module):
    """An area of CORnet-S (Kubilius et al. 2019): a bottleneck that is applied to its own output, with a normalization
    for each step. The first step halves the resolution, and later ones have an identity as a shortcut."""

    def __init__(self, channels_in, channels, times, wider=2):
        super().__init__()
        self.times = times
        self.enter = convolution(channels_in, channels, 1)
        self.skip, self.skip_norm = convolution(channels, channels, 1, 2), nn.BatchNorm2d(channels)
        self.narrow = convolution(channels, wider * channels, 1)
        self.mix = convolution(wider * channels, wider * channels)
        self.widen = convolution(wider * channels, channels, 1)
        self.narrow_norms, self.mix_norms = norms(wider * channels, times), norms(wider * channels, times)
        self.widen_norms = norms(channels, times)

    def forward(self, below):
        state = self.enter(below)
        for time in range(self.times):
            skip = self.skip_norm(self.skip(state)) if time == 0 else state
            x = F.relu(self.narrow_norms[time](self.narrow(state)))
            x = F.conv2d(x, self.mix.weight, stride=2 if time == 0 else 1, padding=1)
            x = self.widen_norms[time](self.widen(F.relu(self.mix_norms[time](x))))
            x += skip
            state = F.relu(x)
        return state

    def paths(self, below):
        state = below.through(self.enter)
        for time in range(self.times):
            skip = state.through(self.skip, self.skip_norm) if time == 0 else state
            narrow = self.narrow, self.narrow_norms[time]
            widen = self.widen, self.widen_norms[time]
            state = skip + state.through(*narrow, self.mix, self.mix_norms[time], *widen)
        return state


class CORnetS(nn.Module):
    def __init__(self, channels=4, times=(2, 4, 2)):
        super().__init__()
        self.conv1, self.norm1 = convolution(3, channels, 7, 2), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = convolution(channels, channels), nn.BatchNorm2d(channels)
        self.areas = nn.ModuleList(StagedArea(channels, channels, time) for time in times)
        self.decoder = nn.Linear(channels, 5)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(images))), 3, 2, 1)
        x = F.relu(self.norm2(self.conv2(x)))
        for area in self.areas:
            x = area(x)
        return self.decoder(F.adaptive_avg_pool2d(x, 1).flatten(1))

    def paths(self):
        x = IMAGES.through(self.conv1, self.norm1, self.conv2, self.norm2)
        for area in self.areas:
            x = area.paths(x)
        return x.through(self.decoder)


class CORnetRT(nn.Module):
    """CORnet-RT (Kubilius et al. 2019): at each step, an area sees its own state and the previous output of the area
    below. An area that no signal has reached computes on zeros."""

    def __init__(self, channels=4, steps=5):
        super().__init__()
        self.steps, self.channels = steps, channels
        self.enter = nn.ModuleList(nn.Conv2d(below, channels, 3, 2, 1) for below in (3, *3 * [channels]))
        self.mix = nn.ModuleList(convolution(channels, channels) for _ in range(4))
        self.enter_norms = nn.ModuleList(nn.GroupNorm(2, channels) for _ in range(4))
        self.mix_norms = nn.ModuleList(nn.GroupNorm(2, channels) for _ in range(4))
        self.decoder = nn.Linear(channels, 5)

    def update(self, area, below, state):
        if below is not None:
            state = F.relu(self.enter_norms[area](self.enter[area](below))) + state
        return F.relu(self.mix_norms[area](self.mix[area](state)))

    def forward(self, images):
        shapes = [(self.channels, images.shape[2] >> area, images.shape[3] >> area) for area in range(1, 5)]
        states = [torch.zeros(len(images), *shape) for shape in shapes]
        below = [images, None, None, None]
        for _ in range(self.steps):
            states = [self.update(*update) for update in zip(range(4), below, states)]
            below = [images, *states[:-1]]
        return self.decoder(F.adaptive_avg_pool2d(states[-1], 1).flatten(1))

    def paths(self):
        states = 4 * [NONE]
        for _ in range(self.steps):
            below = [IMAGES, *states[:-1]]
            entered = [x.through(*layers) for x, *layers in zip(below, self.enter, self.enter_norms)]
            mixed = zip(entered, states, self.mix, self.mix_norms)
            states = [(x + state).through(mix, norm) for x, state, mix, norm in mixed]
        return states[-1].through(self.decoder)


class CORnetZ(nn.Module):
    """CORnet-Z (Kubilius et al. 2018), which is feed-forward."""

    def __init__(self, channels=4):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(below, channels, 3, 1, 1) for below in (3, *3 * [channels]))
        self.decoder = nn.Linear(channels, 5)

    def forward(self, images):
        x = images
        for layer in self.convolutions:
            x = F.max_pool2d(torch.relu_(layer(x)), 3, 2, 1)
        return self.decoder(F.adaptive_avg_pool2d(x, 1).flatten(1))

    def paths(self):
        return IMAGES.through(*self.convolutions, self.decoder)


class BLT(nn.Module):
    """Areas with bottom-up, lateral and top-down connections (Spoerer et al. 2017), with a normalization for each
    area and step. Within a step, areas are computed upward. Lateral and top-down input comes from the previous step.

    Top-down input is added to the rest (`add`), or multiplies it after the rectification, by a sigmoid (`gate`) or
    by the sum of input and 1 (`product`). The readout sees the last step or the mean over steps.
    """

    def __init__(self, top_down="add", mean=False, channels=(3, 4, 5), steps=3):
        super().__init__()
        self.top_down, self.mean, self.steps = top_down, mean, steps
        self.up = nn.ModuleList(convolution(below, own) for below, own in zip((3, *channels), channels))
        self.lateral = nn.ModuleList(convolution(own, own) for own in channels)
        self.down = nn.ModuleList(
            nn.ConvTranspose2d(above, own, 4, 2, 1, bias=False) for own, above in zip(channels, channels[1:])
        )
        self.norms = nn.ModuleList(nn.ModuleList(map(nn.BatchNorm2d, channels)) for _ in range(steps))
        self.readout = nn.Linear(channels[-1], 5)

    def area(self, step, area, below, states):
        x = self.up[area](below)
        has_top_down = step > 0 and area < len(self.down)
        if step > 0:
            x = x + self.lateral[area](states[area])
        if has_top_down and self.top_down == "add":
            x += self.down[area](states[area + 1])
        x = F.relu(self.norms[step][area](x))
        if has_top_down and self.top_down == "gate":
            x = x * (2.0 * torch.sigmoid(self.down[area](states[area + 1])))
        if has_top_down and self.top_down == "product":
            x = x * (1.0 + self.down[area](states[area + 1]))
        return x

    def forward(self, images):
        states, outputs = [], []
        for step in range(self.steps):
            before, states = states, []
            for area in range(len(self.up)):
                below = F.max_pool2d(states[-1], 2) if states else images
                states.append(self.area(step, area, below, before))
            outputs.append(self.readout(states[-1].mean((2, 3))))
        return torch.stack(outputs).mean(0) if self.mean else outputs[-1]

    def paths(self):
        states, output = [], NONE
        for step in range(self.steps):
            before, states = states, []
            for area in range(len(self.up)):
                x = (states[-1] if states else IMAGES).through(self.up[area])
                if step > 0:
                    x += before[area].through(self.lateral[area])
                if step > 0 and area < len(self.down) and self.top_down == "add":
                    x += before[area + 1].through(self.down[area])
                states.append(x.through(self.norms[step][area]))
            output += states[-1].through(self.readout).times(1 / self.steps)
        return output if self.mean else states[-1].through(self.readout)


class RCNN(nn.Module):
    """Recurrent convolutional layers (Liang and Hu 2015), with batch normalization in place of the local one."""

    def __init__(self, channels=4, layers=2, steps=3):
        super().__init__()
        self.stem, self.readout = convolution(3, channels, 5), nn.Linear(channels, 5)
        self.forth = nn.ModuleList(convolution(channels, channels) for _ in range(layers))
        self.recur = nn.ModuleList(convolution(channels, channels) for _ in range(layers))
        self.norms = nn.ModuleList(norms(channels, steps + 1) for _ in range(layers))
        self.steps = steps

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.stem(images)), 3, 2, 1)
        for forth, recur, norms in zip(self.forth, self.recur, self.norms):
            input = forth(x)
            x = F.relu(norms[0](input))
            for step in range(self.steps):
                x = F.relu(norms[step + 1](input + recur(x)))
            x = F.dropout(F.max_pool2d(x, 2), training=self.training)
        return self.readout(x.amax((2, 3)))

    def paths(self):
        x = IMAGES.through(self.stem)
        for forth, recur, norms in zip(self.forth, self.recur, self.norms):
            input = x.through(forth)
            x = input.through(norms[0])
            for step in range(self.steps):
                x = (input + x.through(recur)).through(norms[step + 1])
        return x.through(self.readout)


class SharedResNet(nn.Module):
    """A residual block that is applied repeatedly (Liao and Poggio 2016) and changes its state in place."""

    def __init__(self, channels=4, steps=4):
        super().__init__()
        self.steps = steps
        self.stem = convolution(3, channels)
        self.conv1, self.conv2 = convolution(channels, channels), convolution(channels, channels)
        self.norms1, self.norms2 = norms(channels, steps), norms(channels, steps)
        self.readout = nn.Linear(channels, 5)

    def forward(self, images):
        x = self.stem(images)
        for norm1, norm2 in zip(self.norms1, self.norms2):
            x += norm2(self.conv2(F.relu(norm1(self.conv1(x)))))
            x.relu_()
        return self.readout(x.mean((2, 3)))

    def paths(self):
        x = IMAGES.through(self.stem)
        for norm1, norm2 in zip(self.norms1, self.norms2):
            x += x.through(self.conv1, norm1, self.conv2, norm2)
        return x.through(self.readout)


class ComputedWeights(nn.Module):
    """Convolutions whose kernels are computed from other parameters. The effective kernel counts."""

    def __init__(self, channels=4):
        super().__init__()
        self.normalized = parametrizations.weight_norm(convolution(3, channels))
        self.spectral = parametrizations.spectral_norm(convolution(channels, channels))
        self.masked = convolution(channels, channels)
        self.register_buffer("mask", (torch.arange(9).reshape(3, 3) != 4).float())
        self.standardized = convolution(channels, channels)
        self.readout = nn.Linear(channels, 5)

    def kernels(self):
        weight = self.standardized.weight
        mean, deviation = weight.mean((1, 2, 3), keepdim=True), weight.std((1, 2, 3), keepdim=True)
        return self.masked.weight * self.mask, (weight - mean) / (deviation + 1e-5)

    def forward(self, images):
        masked, standardized = self.kernels()
        x = torch.tanh(self.spectral(torch.tanh(self.normalized(images))))
        x = torch.tanh(F.conv2d(torch.tanh(F.conv2d(x, masked, padding=1)), standardized, padding=1))
        return self.readout(x.mean((2, 3)))

    def paths(self):
        x = IMAGES.through(self.normalized, self.spectral)
        for kernel in self.kernels():
            x = x.convolved(kernel_norm(kernel))
        return x.through(self.readout)
