"""The exact contributions of paths, for images."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from pathscope import _pathscope
from pathscope._images import as_images
from pathscope._models import model_file
from pathscope._options import Options, complete
from pathscope._progress import progress_bar
from pathscope.errors import InputError, PathscopeWarning

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from pathscope import Contributions
    from pathscope._typing import Gate, Images, Model, Precision, Units


@dataclass(frozen=True)
class ReceptiveFields:
    """The linear filters that the paths of each mark to some units apply, averaged over images.

    Attributes:
        by: what paths are grouped by: `length` or `iteration`
        marks: the lengths or iterations, ascending, [marks]
        units: the units, [units]
        filters: [units, marks, channels, height, width]
        sha256: the SHA-256 of the model, as that of its analysis
    """

    by: Literal["length", "iteration"]
    marks: NDArray[np.int64]
    units: NDArray[np.int64]
    filters: NDArray[np.float64]
    sha256: str


@overload
def contributions(
    model: Model,
    images: Images,
    *,
    by: Literal["length", "iteration", "path"] = "length",
    max_paths: int = 200,
    gate: Gate = "secant",
    baseline: Literal["zero", "mean"] | Images = "zero",
    precision: Precision = "single",
    batch: int = 16,
    resamples: int = 1000,
    seed: int = 0,
    progress: bool | None = None,
    **options: Unpack[Options],
) -> Contributions: ...
@overload
def contributions(
    model: Model,
    images: Images,
    *,
    by: Literal["block", "connection"],
    max_paths: int = 200,
    gate: Gate = "secant",
    baseline: Literal["zero", "mean"] | Images = "zero",
    precision: Precision = "single",
    batch: int = 16,
    resamples: int = 1000,
    seed: int = 0,
    progress: bool | None = None,
    **options: Unpack[Options],
) -> dict[str, Contributions]: ...
def contributions(
    model: Model,
    images: Images,
    *,
    by: Literal["length", "iteration", "path", "block", "connection"] = "length",
    max_paths: int = 200,
    gate: Gate = "secant",
    baseline: Literal["zero", "mean"] | Images = "zero",
    precision: Precision = "single",
    batch: int = 16,
    resamples: int = 1000,
    seed: int = 0,
    progress: bool | None = None,
    **options: Unpack[Options],
) -> Contributions | dict[str, Contributions]:
    """Computes what the paths of each length add to every output, exactly, for each image.

    With its nonlinearities fixed at their values for an image, a network is a sum over its paths, and a contribution is a
    part of that sum. It is not the effect of removing the paths, which changes gates downstream.

    >>> import numpy as np, pathscope
    >>> images = np.linspace(0, 1, 2 * 50 * 50, dtype="float32").reshape(2, 1, 50, 50)
    >>> c = pathscope.contributions("fixtures/reference/recurrent-1block-t3-no-avg/best.pth", images)
    >>> c.marks
    array([1, 2, 3])
    >>> bool(np.allclose(c.array.sum(axis=2) + c.bias, c.outputs, atol=1e-4))
    True

    Args:
        model: as for `analyze`; a checkpoint must hold a whole network
        images: [number, channels, height, width] or [number, height, width], floats as the model sees them
        by: what paths are grouped by: `length`; `iteration`, at which a path enters; `block` or `connection`, with one
            result for each of the model; or `path`, for single paths
        max_paths: the largest number of single paths; the strongest are taken
        gate: how a smooth nonlinearity multiplies its input: `secant` or `tangent`
        baseline: what counts with the biases: `zero` (nothing), `mean` (the mean over images) or an image
        precision: `single` or `double`
        batch: the number of images in a batch, for models that take any number
        resamples: the number of bootstrap resamples for the intervals in tables; 0 for none
        seed: the seed of the bootstrap
        progress: whether to show a progress bar; by default where tqdm is installed
        options: as for `analyze`

    Returns:
        The contributions; by `block` or `connection`, those by the name of the block or connection.

    Raises:
        InputError: if the images do not fit the model, or are not finite
        ModelError: if the model cannot be read, executed or taken apart
    """
    pixels = as_images(images)
    computing = {
        "by": by,
        "max_paths": max_paths,
        "gate": gate,
        **_baseline(baseline),
        "precision": precision,
        "batch": batch,
        "resamples": resamples,
        "seed": seed,
    }
    completed = complete(options)
    with (
        model_file(model, images) as (file, name),
        progress_bar(len(pixels), "computing contributions", progress) as bar,
    ):
        found = _pathscope.contributions((file, name), completed, pixels, computing, bar)
    if not found:
        raise InputError(f"no path leads through a convolution, so there are no groups by {by}")
    for warning in dict.fromkeys(warning for each in found for warning in each.warnings):
        warnings.warn(warning, PathscopeWarning, stacklevel=2)
    if by in ("block", "connection"):
        return {each.name: each for each in found if each.name is not None}
    return found[0]


def receptive_fields(
    model: Model,
    images: Images,
    units: Units,
    *,
    by: Literal["length", "iteration"] = "length",
    gate: Gate = "secant",
    precision: Precision = "single",
    batch: int = 16,
    progress: bool | None = None,
    **options: Unpack[Options],
) -> ReceptiveFields:
    """Computes the linear filters of the images that the paths of each length to some units are.

    >>> import numpy as np, pathscope
    >>> images = np.linspace(0, 1, 2 * 50 * 50, dtype="float32").reshape(2, 1, 50, 50)
    >>> file = "fixtures/reference/recurrent-1block-t3-no-avg/best.pth"
    >>> pathscope.receptive_fields(file, images, [0]).filters.shape
    (1, 3, 1, 50, 50)

    Args:
        model, images, gate, precision, batch, progress, options: as for `contributions`
        units: the units, counted from 0
        by: `length` or `iteration`
    """
    import numpy as np

    pixels = as_images(images)
    wanted = np.atleast_1d(np.asarray(units, dtype=np.int64))
    if wanted.size == 0 or (wanted < 0).any():
        raise InputError(f"units: expected numbers from 0, found {wanted.tolist()}")
    computing = {
        "by": by,
        "max_paths": 1,
        "gate": gate,
        **_baseline("zero"),
        "precision": precision,
        "batch": batch,
        "resamples": 0,
        "seed": 0,
    }
    completed = complete(options)
    with (
        model_file(model, images) as (file, name),
        progress_bar(len(pixels), "computing receptive fields", progress) as bar,
    ):
        sha256, marks, filters = _pathscope.receptive_fields(
            (file, name), completed, pixels, wanted.tolist(), computing, bar
        )
    return ReceptiveFields(by, marks, wanted, filters, sha256)


def _baseline(baseline: Literal["zero", "mean"] | Images) -> dict[str, Any]:
    if isinstance(baseline, str):
        return {"baseline": baseline, "baseline_image": None}
    image = as_images(baseline, "the baseline", axes=(2, 3))
    return {"baseline": "image", "baseline_image": image}
