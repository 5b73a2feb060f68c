"""Runs the Python in README.md and the book, and analyzes the files that it writes.

usage: check_book.py CASES.json

The blocks of a page run one after the other in a separate folder. They find a `model`, its `images`, and the module
`model` of an exported network. Prints a line of JSON for each check.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import torch

from say import say, say_all

BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = ("model.pt2", "tuned.safetensors")


def check(blocks, cases):
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Conv2d(4, 4, 3))
    names = {"torch": torch, "model": model, "images": torch.rand(4, *cases["image"])}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for block in blocks:
            exec(block, names)
        for written in filter(os.path.exists, WRITTEN):
            subprocess.run([cases["pathscope"], "--quiet", "analyze", written], check=True, stdout=subprocess.DEVNULL)
            say("analyzed", True, written)
        os.chdir("/")


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    sys.path.insert(0, cases["module"])
    for page in map(pathlib.Path, cases["pages"]):
        if blocks := BLOCK.findall(page.read_text()):
            say_all(page.name, check, blocks, cases)


main()
