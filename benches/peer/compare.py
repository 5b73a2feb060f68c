"""Times a training step of pathscope-torch against plain eager PyTorch, in turn.

usage: compare.py CASE [--python PYTHON] [--rounds N] [--steps N] [--threads N] [--memory-limit MIB|third]

CASE is one of those of training_step.py. PYTHON is one that has PyTorch 2.13 and NumPy; cargo and LIBTORCH
are those that build pathscope-torch. The first steps of every run are left out as warming up. With
--memory-limit pathscope is also timed within that much memory, or within a third of what PyTorch takes.
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
    command = ["cargo", "build", "--release", "--package", "pathscope-torch", "--example", "training_step"]
    messages = subprocess.run(
        [*command, "--message-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    built = [json.loads(line) for line in messages.stdout.splitlines()]
    return next(each["executable"] for each in reversed(built) if each.get("executable"))


class Contestant:
    def __init__(self, name, command):
        self.name, self.command = name, command
        self.medians, self.peaks, self.losses = [], [], []

    def run(self):
        result = output(self.command)
        self.medians.append(statistics.median(result["seconds"][WARM_UP:]))
        self.peaks.append(result["peak_mib"])
        self.losses = result["losses"]
        if result.get("plan"):
            self.plan = result["plan"]

    def report(self):
        times = self.medians
        spread = f"{min(times):.3f} to {max(times):.3f} s"
        print(f"{self.name:17}  median step {statistics.median(times):.3f} s ({spread}), peak {max(self.peaks):.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=13)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--memory-limit")
    options = parser.parse_args()
    ours = example()
    numbers = [str(options.steps), str(options.threads)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ours, options.case, folder, "make"], check=True)
        script = str(HERE / "training_step.py")
        theirs = Contestant("pytorch", [options.python, script, options.case, folder, *numbers])
        mine = Contestant("pathscope", [ours, options.case, folder, "run", *numbers])
        contestants = [theirs, mine]
        for turn in range(options.rounds):
            for contestant in contestants:
                contestant.run()
            if turn == 0 and options.memory_limit:
                third = options.memory_limit == "third"
                limit = int(theirs.peaks[0] / 3 if third else float(options.memory_limit))
                limited = Contestant(f"within {limit} MiB", [*mine.command, f"{limit}MiB"])
                limited.run()
                contestants.append(limited)
    for contestant in contestants:
        contestant.report()
    for contestant in contestants[1:]:
        ratios = [their / our for their, our in zip(theirs.medians, contestant.medians)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}, {options.rounds} rounds"
        print(f"pytorch / {contestant.name}: {statistics.median(ratios):.2f} ({spread})")
        if hasattr(contestant, "plan"):
            print(f"  {contestant.plan}")
    after = min(10, options.steps - 1)
    for contestant in contestants[1:]:
        difference = abs(contestant.losses[after] - theirs.losses[after])
        print(f"loss of {contestant.name} after {after} steps {contestant.losses[after]:.6f}, apart by {difference:.1e}")
        if difference > 1e-4:
            sys.exit("the losses differ by more than 1e-4: these are not the same network")


if __name__ == "__main__":
    main()
