"""Times the recurrent training step of pathscope-torch against plain eager PyTorch, in turn.

usage: compare.py [--python PYTHON] [--rounds N] [--steps N] [--threads N]

PYTHON is one that has PyTorch 2.13 and NumPy; cargo and LIBTORCH are those that build pathscope-torch.
The first steps of every run are left out as warming up.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

WARM_UP = 3
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def output(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def example():
    command = ["cargo", "build", "--release", "--package", "pathscope-torch", "--example", "recurrent_step"]
    messages = subprocess.run(
        [*command, "--message-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    built = [json.loads(line) for line in messages.stdout.splitlines()]
    return next(each["executable"] for each in reversed(built) if each.get("executable"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=13)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    ours = example()
    numbers = [str(options.steps), str(options.threads)]
    medians, peaks, losses = {"pathscope": [], "pytorch": []}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ours, folder, "make"], check=True)
        commands = {
            "pathscope": [ours, folder, "run", *numbers],
            "pytorch": [options.python, str(HERE / "recurrent_step.py"), folder, *numbers],
        }
        for _ in range(options.rounds):
            for name, command in commands.items():
                result = output(command)
                medians[name].append(statistics.median(result["seconds"][WARM_UP:]))
                peaks[name] = max(peaks.get(name, 0), result["peak_mib"])
                losses[name] = result["losses"]
    for name, times in medians.items():
        spread = f"{min(times):.3f} to {max(times):.3f} s"
        print(f"{name:9}  median step {statistics.median(times):.3f} s ({spread}), peak {peaks[name]:.0f} MiB")
    ratios = [theirs / ours for theirs, ours in zip(medians["pytorch"], medians["pathscope"])]
    print(f"ratio      {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, {options.rounds} rounds)")
    after = min(10, options.steps - 1)
    difference = abs(losses["pathscope"][after] - losses["pytorch"][after])
    print(f"loss       after {after} steps {losses['pathscope'][after]:.6f}, apart by {difference:.1e}")
    if difference > 1e-4:
        sys.exit("the losses differ by more than 1e-4: these are not the same network")


if __name__ == "__main__":
    main()
