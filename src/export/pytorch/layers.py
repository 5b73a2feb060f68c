def batch_normalization(channels):
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=MOMENTUM)


def convolution(inputs, outputs, kernel):
    """With the same size of map before and after."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)


class Readout(nn.Module):
    """Factorized: of the maps y neuron n sees the sum over channels c, rows i and columns j of
    feature[n, c] * spatial[n, i, j] * y[c, i, j], plus bias[n]."""

    def __init__(self, neurons, channels, height, width):
        super().__init__()
        self.spatial = nn.Parameter(torch.zeros(neurons, height, width))
        self.feature = nn.Parameter(torch.zeros(neurons, channels))
        self.bias = nn.Parameter(torch.zeros(neurons))

    def forward(self, y):
        weight = self.feature[:, :, None, None] * self.spatial[:, None, :, :]
        return F.linear(y.flatten(1), weight.flatten(1), self.bias)
