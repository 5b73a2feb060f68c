"""The types of arguments, for editors and type checkers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    import torch
    from numpy.typing import NDArray

    StrPath: TypeAlias = str | os.PathLike[str]
    Model: TypeAlias = StrPath | Mapping[str, Any] | torch.nn.Module | torch.export.ExportedProgram
    Images: TypeAlias = NDArray[np.floating[Any]] | torch.Tensor
    # Images alone, or all arguments of a module.
    Arguments: TypeAlias = Images | tuple[Any, ...]
    Units: TypeAlias = int | Sequence[int] | NDArray[np.integer[Any]]

Readout = Literal["no-avg", "early-avg", "late-avg", "2-avg"]
Gate = Literal["secant", "tangent"]
Precision = Literal["single", "double"]
EnsembleFigure = Literal["circuit", "circuit-paths", "modules", "ensemble", "distribution"]
ContributionFigure = Literal["distribution", "units"]
