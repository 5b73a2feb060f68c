"""Networks with gates. models.py explains `paths`."""

import torch
import torch.nn.functional as F
from torch import nn

from models import convolution, norms
from paths import IMAGES, NONE


class GRCNN(nn.Module):
    """Gated recurrent convolutional layers (Wang and Hu 2017), in which a gate scales the recurrent input."""

    def __init__(self, channels=4, steps=3):
        super().__init__()
        self.steps = steps
        self.stem, self.stem_norm = convolution(3, channels), nn.BatchNorm2d(channels)
        self.forth, self.recur = convolution(channels, channels), convolution(channels, channels)
        self.gate_forth, self.gate_recur = convolution(channels, channels, 1), convolution(channels, channels, 1)
        self.forth_norm, self.gate_forth_norm = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.recur_norms, self.gate_recur_norms = norms(channels, steps), norms(channels, steps)
        self.product_norms = norms(channels, steps)
        self.readout = nn.Linear(channels, 5)

    def forward(self, images):
        u = F.relu(self.stem_norm(self.stem(images)))
        forth, gate_forth = self.forth_norm(self.forth(u)), self.gate_forth_norm(self.gate_forth(u))
        x = F.relu(forth)
        for step in range(self.steps):
            gate = torch.sigmoid(gate_forth + self.gate_recur_norms[step](self.gate_recur(x)))
            recur = self.recur_norms[step](self.recur(x))
            x = F.relu(forth + self.product_norms[step](recur * gate))
        return self.readout(x.mean((2, 3)))

    def paths(self):
        forth = IMAGES.through(self.stem, self.stem_norm, self.forth, self.forth_norm)
        x = forth
        for step in range(self.steps):
            x = forth + x.through(self.recur, self.recur_norms[step], self.product_norms[step])
        return x.through(self.readout)


class ConvGRU(nn.Module):
    """Stacked convolutional gated recurrent units that see the same image at each step."""

    def __init__(self, channels=4, layers=2, steps=3):
        super().__init__()
        self.channels, self.steps = channels, steps
        inputs = [below + channels for below in (3, *(layers - 1) * [channels])]
        self.gates = nn.ModuleList(nn.Conv2d(input, 2 * channels, 3, 1, 1) for input in inputs)
        self.candidates = nn.ModuleList(nn.Conv2d(input, channels, 3, 1, 1) for input in inputs)
        self.readout = nn.Linear(channels, 5)

    def forward(self, images):
        zeros = torch.zeros(len(images), self.channels, *images.shape[2:])
        states = [zeros for _ in self.gates]
        for _ in range(self.steps):
            x = images
            for layer, state in enumerate(states):
                gates = torch.sigmoid(self.gates[layer](torch.cat([x, state], 1)))
                update, reset = gates.chunk(2, 1)
                candidate = torch.tanh(self.candidates[layer](torch.cat([x, reset * state], 1)))
                x = states[layer] = update * state + (1 - update) * candidate
        return self.readout(x.mean((2, 3)))

    def paths(self):
        states = [NONE for _ in self.gates]
        for step in range(self.steps):
            x = IMAGES
            for layer, state in enumerate(states):
                # The first state is a constant 0, so its product with a gate carries paths of strength 0.
                gated = state if step else x.through(self.gates[layer]).times(0.0)
                candidate = (x + gated).through(self.candidates[layer])
                x = states[layer] = gated + candidate
        return x.through(self.readout)


class ConvLSTM(nn.Module):
    """A convolutional long short-term memory (Shi et al. 2015) that sees the same image at each step."""

    def __init__(self, channels=4, steps=3):
        super().__init__()
        self.channels, self.steps = channels, steps
        self.stem = convolution(3, channels)
        self.input, self.recur = convolution(channels, 4 * channels), convolution(channels, 4 * channels)
        self.readout = nn.Linear(channels, 5)

    def forward(self, images):
        x = self.stem(images)
        hidden = cell = torch.zeros_like(x)
        for _ in range(self.steps):
            keep, let_in, put_out, content = (self.input(x) + self.recur(hidden)).split(self.channels, 1)
            cell = torch.sigmoid(keep) * cell + torch.sigmoid(let_in) * torch.tanh(content)
            hidden = torch.sigmoid(put_out) * torch.tanh(cell)
        return self.readout(hidden.mean((2, 3)))

    def paths(self):
        x = IMAGES.through(self.stem)
        hidden, cell = NONE, x.through(self.input).times(0.0)
        for _ in range(self.steps):
            content = x.through(self.input) + hidden.through(self.recur)
            hidden = cell = cell + content
        return hidden.through(self.readout)
