"""Recordings for the worked studies: reading a data set, and training a network on it."""

from __future__ import annotations

import argparse
import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn


def parsed(description: str, *, epochs: int) -> argparse.Namespace:
    """Parses the arguments of a study."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path, help="folder of a data set with grey images")
    parser.add_argument("out", type=Path, help="folder for figures and the report")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


@dataclasses.dataclass
class Recording:
    """Images [N, 1, height, width] with values from 0 to 1, and responses [N, neurons] with mean 0.5."""

    images: torch.Tensor
    responses: torch.Tensor

    def of(self, rows: np.ndarray) -> Recording:
        return Recording(self.images[rows], self.responses[rows])


def read(folder: Path, downsample: int, seed: int) -> tuple[Recording, Recording, Recording]:
    """Reads a data set's folder and splits it into training, validation and test images, 80 to 10 to 10.

    Images of one group stay together.
    """
    images = np.load(folder / "images.npy")
    if images.ndim != 3:
        raise SystemExit(f"{folder}: expected grey images [N, height, width], found {images.shape}")
    images = images.astype(np.float32) / (255 if images.dtype == np.uint8 else 1)
    height, width = (side // downsample * downsample for side in images.shape[1:])
    squares = images[:, :height, :width].reshape(len(images), height // downsample, downsample, -1, downsample)
    responses = np.nanmean(np.load(folder / "responses.npy"), axis=1)
    responses *= 0.5 / responses.mean(axis=0)
    grouped = folder / "groups.npy"
    groups = np.load(grouped) if grouped.exists() else np.arange(len(images))
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    parts = np.split(names, [len(names) * 8 // 10, len(names) * 9 // 10])
    whole = Recording(torch.from_numpy(squares.mean(axis=(2, 4)))[:, None], torch.from_numpy(responses))
    training, validation, test = (whole.of(np.flatnonzero(np.isin(groups, part))) for part in parts)
    return training, validation, test


def correlation(model: nn.Module, recording: Recording) -> float:
    """Returns the mean correlation over neurons between a network's predictions and the responses."""
    model.eval()
    with torch.no_grad():
        predictions = torch.cat([model(images) for images in recording.images.split(256)])
    pairs = zip(predictions.T.numpy(), recording.responses.T.numpy(), strict=True)
    return float(np.mean([np.corrcoef(predicted, recorded)[0, 1] for predicted, recorded in pairs]))


def train(
    model: nn.Module,
    training: Recording,
    validation: Recording,
    *,
    epochs: int,
    seed: int,
    after_epoch: Callable[[int], object] = lambda _: None,
) -> None:
    """Trains a network by Adam, and leaves it with the weights that predict the validation images best."""
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    size = min(128, len(training.images))
    batches = len(training.images) // size
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * batches + 1)
    best, weights = -1.0, copy.deepcopy(model.state_dict())
    for epoch in range(epochs):
        model.train()
        for rows in torch.randperm(len(training.images))[: batches * size].split(size):
            loss = nn.functional.mse_loss(model(training.images[rows]), training.responses[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        found = correlation(model, validation)
        after_epoch(epoch)
        if found > best:
            best, weights = found, copy.deepcopy(model.state_dict())
        print(f"epoch {epoch + 1} of {epochs}: correlation {found:.3f}", flush=True)
    model.load_state_dict(weights)
    model.eval()
