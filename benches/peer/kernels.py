"""Times the convolutions and the matrix product of `benches/convolution.rs` in PyTorch, and prints the times as JSON.

Cases have the same names. `channels last` is the time with tensors in channels-last layout, to which a model has to be
converted.
"""

import argparse
import json
import statistics
import time

import torch
from torch.nn.functional import conv2d

# Images, channels from and to, side, kernel, stride, groups.
CASES = {
    "recurrent": (64, 16, 16, 42, 3, 1, 1),
    "recurrent x7": (448, 16, 16, 42, 3, 1, 1),
    "7x7 stride 2": (16, 3, 64, 64, 7, 2, 1),
    "7x7 stride 2 x8": (128, 3, 64, 64, 7, 2, 1),
    "64 channels": (16, 64, 64, 16, 3, 1, 1),
    "64 channels x8": (128, 64, 64, 16, 3, 1, 1),
    "128 channels": (16, 128, 128, 8, 3, 1, 1),
    "128 channels x8": (128, 128, 128, 8, 3, 1, 1),
    "256 channels": (16, 256, 256, 4, 3, 1, 1),
    "256 channels x8": (128, 256, 256, 4, 3, 1, 1),
    "512 channels": (16, 512, 512, 2, 3, 1, 1),
    "512 channels x8": (128, 512, 512, 2, 3, 1, 1),
    "1x1 stride 2": (16, 64, 128, 16, 1, 2, 1),
    "1x1 stride 2 x8": (128, 64, 128, 16, 1, 2, 1),
    "depthwise": (16, 96, 96, 32, 3, 1, 96),
}
PRODUCT = (1024, 512, 512)


def seconds(function):
    """Returns the median time of a function, after a first call that does not count."""
    function()
    times = []
    begin = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - begin < 0.25 and len(times) < 300):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def convolution(case, element_type, memory_format):
    images, channels, outputs, side, kernel, stride, groups = case
    image = torch.rand(images, channels, side, side, dtype=element_type) - 0.5
    weight = torch.rand(outputs, channels // groups, kernel, kernel, dtype=element_type) - 0.5
    image, weight = (tensor.contiguous(memory_format=memory_format) for tensor in (image, weight))
    return seconds(lambda: conv2d(image, weight, None, stride, kernel // 2, 1, groups))


def product(element_type):
    rows, inner, columns = PRODUCT
    left, right = torch.rand(rows, inner, dtype=element_type), torch.rand(inner, columns, dtype=element_type)
    return seconds(lambda: left @ right)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    torch.set_grad_enabled(False)
    ways = {
        "single": (torch.float32, torch.contiguous_format),
        "single, channels last": (torch.float32, torch.channels_last),
        "double": (torch.float64, torch.contiguous_format),
    }
    times = {}
    for way, (element_type, memory_format) in ways.items():
        times[way] = {name: convolution(case, element_type, memory_format) for name, case in CASES.items()}
        times[way]["product"] = product(element_type)
    print(json.dumps(times, indent=2))


if __name__ == "__main__":
    main()
