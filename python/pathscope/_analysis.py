"""The analysis of a model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pathscope import _pathscope
from pathscope._models import model_file, tensors_of
from pathscope._options import Options, complete
from pathscope.errors import PathscopeWarning

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pathscope import Analysis
    from pathscope._typing import Arguments, Model


def analyze(model: Model, images: Arguments | None = None, **options: Unpack[Options]) -> Analysis:
    """Analyzes a model: its components, its paths, and the ensemble that they form.

    >>> import pathscope
    >>> pathscope.analyze("fixtures/nets/fig5.safetensors").lengths["length"]
    array([1, 2, 3])

    Args:
        model: the path of a checkpoint, of a program that `torch.export.save` wrote, or of a run's folder; a state_dict;
            a `torch.nn.Module` in evaluation mode, which is exported in memory; or a `torch.export.ExportedProgram`
        images: what a module is exported with, such as `images[:2]`, as the model sees them; or a tuple of all arguments
        options: what the file does not state, and other choices (the flags of `pathscope analyze`):
            `key`, `layout`, `config`, `readout`, `activation`, `iterations` for checkpoints and state_dicts;
            `begin` and `end` (`--from` and `--to`), `input`, `output`, `count`, `gates` for programs;
            `conv_strength`, `map_size`, `bn_strength` for the definition of strength

    Returns:
        The analysis. What was guessed is in its `remarks` and is warned of.

    Raises:
        ModelError: if the model cannot be read or taken apart
        ExportError: if PyTorch cannot export a module
        InputError: if arguments contradict each other
    """
    completed = complete(options)
    if isinstance(model, Mapping):
        analysis = _pathscope.analyze_tensors(tensors_of(model), completed)
    else:
        with model_file(model, images) as (file, name):
            analysis = _pathscope.analyze((file, name), completed)
    for remark in analysis.remarks:
        warnings.warn(remark, PathscopeWarning, stacklevel=2)
    return analysis
