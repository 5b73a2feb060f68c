"""A worked study: a network in the manner of CORnet-S predicts neurons of V1.

usage: cornet.py DATA OUT [--epochs N] [--seed N]
"""

from __future__ import annotations

import pathscope
import torch
from torch import nn

from recordings import correlation, parsed, read, train


class Area(nn.Module):
    """An area that goes over its input several times, with a bottleneck and a skip connection as in CORnet-S."""

    def __init__(self, channels_in: int, channels: int, times: int, stride: int):
        super().__init__()
        wide = 4 * channels
        self.times, self.stride = times, stride
        self.conv_input = nn.Conv2d(channels_in, channels, 1, bias=False)
        self.skip = nn.Conv2d(channels, channels, 1, stride=stride, bias=False)
        self.norm_skip = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, wide, 1, bias=False)
        self.conv2 = nn.ModuleDict(
            {
                "first": nn.Conv2d(wide, wide, 3, stride=stride, padding=1, bias=False, groups=channels),
                "later": nn.Conv2d(wide, wide, 3, padding=1, bias=False, groups=channels),
            }
        )
        self.conv3 = nn.Conv2d(wide, channels, 1, bias=False)
        self.norm1 = nn.ModuleList(nn.BatchNorm2d(wide) for _ in range(times))
        self.norm2 = nn.ModuleList(nn.BatchNorm2d(wide) for _ in range(times))
        self.norm3 = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(times))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_input(x)
        for time in range(self.times):
            skip = self.norm_skip(self.skip(x)) if time == 0 else x
            x = torch.relu(self.norm1[time](self.conv1(x)))
            x = self.conv2["first" if time == 0 else "later"](x)
            x = torch.relu(self.norm2[time](x))
            x = torch.relu(self.norm3[time](self.conv3(x)) + skip)
        return x


class CorNet(nn.Module):
    """Four areas, which go over their input 1, 2, 4 and 2 times, and a readout."""

    def __init__(self, side: int, neurons: int):
        super().__init__()
        self.V1 = nn.Sequential(nn.Conv2d(1, 16, 5, padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.V2 = Area(16, 16, times=2, stride=2)
        self.V4 = Area(16, 24, times=4, stride=2)
        self.IT = Area(24, 32, times=2, stride=1)
        self.readout = nn.Linear(32 * ((side + 3) // 4) ** 2, neurons)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.readout(self.IT(self.V4(self.V2(self.V1(x)))).flatten(1))


def main() -> None:
    arguments = parsed(__doc__.splitlines()[0], epochs=20)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    training, validation, test = read(arguments.data, downsample=2, seed=arguments.seed)
    torch.manual_seed(arguments.seed)
    model = CorNet(training.images.shape[-1], training.responses.shape[1])
    recorder = pathscope.Recorder(model, validation.images[:32], every=1)
    recorder.record(-1)
    train(model, training, validation, epochs=arguments.epochs, seed=arguments.seed, after_epoch=recorder.step)
    print(f"correlation on test images: {correlation(model, test):.3f}")

    analysis = pathscope.analyze(model, test.images[:2])
    contributions = pathscope.contributions(model, test.images, baseline="mean")
    for length, by_strength, by_contribution in zip(
        analysis.lengths["length"], analysis.lengths["probability"], contributions.share, strict=True
    ):
        print(f"length {length:2}: {by_strength:.3f} by strength, {by_contribution:.3f} by contribution")
    print(f"{analysis.paths} paths, average path length {analysis.average_path_length:.2f} by strength")
    print(f"average path length {contributions.average:.2f} by contribution")

    by_area = pathscope.contributions(model, test.images, by="block", baseline="mean", resamples=0)
    for area, found in by_area.items():
        shares = ", ".join(f"{mark}: {share:.3f}" for mark, share in zip(found.marks, found.share, strict=True))
        print(f"convolutions of {area} on a path: {shares}")

    analysis.figure("modules", width=183).save(out / "modules.svg")
    contributions.figure("distribution", width=120).save(out / "distribution.svg")
    fields = pathscope.receptive_fields(model, test.images[:64], range(training.responses.shape[1]))
    analysis.report(out / "report.html", contributions, fields, title="CORnet-S-like network of V1")
    for record in recorder.records:
        print(
            f"after epoch {record['step'] + 1}: {record['average_path_length']:.2f} by strength, "
            f"{record['contribution_average_path_length']:.2f} by contribution"
        )


if __name__ == "__main__":
    main()
