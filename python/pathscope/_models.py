"""Models of any kind as files, which is what the library reads."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pathscope import _pathscope
from pathscope.errors import ExportError, InputError, ModelError

if TYPE_CHECKING:
    import torch

    from pathscope._typing import Arguments, Model

# The file that a run of `pathscope train` keeps its network in.
_RUN_MODEL = "model.safetensors"

_STATE_DICT = "state_dict in memory"

# Name, element type, shape and bytes.
Tensor = tuple[str, str, list[int], Any]


@contextlib.contextmanager
def model_file(model: Model, images: Arguments | None) -> Iterator[tuple[Path, str | None]]:
    """Yields the file of a model, and the name of a model in memory, whose file is removed afterwards.

    Args:
        model: a path, a state_dict, a `torch.nn.Module` or a `torch.export.ExportedProgram`
        images: what the model is exported with; only a module needs them
    """
    if isinstance(model, (str, os.PathLike)):
        yield _file_of(Path(model)), None
        return
    with tempfile.TemporaryDirectory(prefix="pathscope-") as folder:
        if isinstance(model, Mapping):
            file, name = Path(folder, "state_dict.safetensors"), _STATE_DICT
            _pathscope.write_safetensors(file, tensors_of(model))
        else:
            program, name = _program_of(model, images)
            file = Path(folder, "model.pt2")
            sys.modules["torch"].export.save(program, file)
        yield file, name


def _file_of(path: Path) -> Path:
    if path.is_dir() and (path / _RUN_MODEL).is_file():
        return path / _RUN_MODEL
    return path


def tensors_of(state_dict: Mapping[Any, Any]) -> list[Tensor]:
    """Returns the tensors of a dictionary and of those inside it."""
    tensors = list(_tensors(state_dict, ""))
    if not tensors:
        raise ModelError("the state_dict has no tensors: give model.state_dict() or what torch.load returns")
    return tensors


def _tensors(entries: Mapping[Any, Any], prefix: str) -> Iterator[Tensor]:
    import numpy as np

    for key, value in entries.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _tensors(value, f"{name}.")
        elif isinstance(value, np.ndarray):
            array = np.ascontiguousarray(value)
            yield name, array.dtype.name, list(value.shape), array.reshape(-1).view(np.uint8)
        elif _is_tensor(value):
            tensor = value.detach().cpu().contiguous()
            bytes_ = tensor.reshape(-1).view(sys.modules["torch"].uint8).numpy()
            yield name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), bytes_


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _program_of(model: Any, images: Arguments | None) -> tuple[torch.export.ExportedProgram, str]:
    """Returns a model as an exported program, with its name."""
    torch = sys.modules.get("torch")
    kind = type(model).__name__
    if torch is None or not isinstance(model, (torch.nn.Module, torch.export.ExportedProgram)):
        raise InputError(
            f"a model is a path, a state_dict, a torch.nn.Module or a torch.export.ExportedProgram, not {kind}"
        )
    if isinstance(model, torch.export.ExportedProgram):
        return model, "program in memory"
    if isinstance(model, torch.jit.ScriptModule):
        raise ModelError(f"{kind} is TorchScript, which has no paths to follow: give the module that it was made from")
    return export(model, images), f"{kind} in memory"


def export(model: torch.nn.Module, images: Arguments | None) -> torch.export.ExportedProgram:
    """Exports a module in evaluation mode as a program for any number of images, where it allows that.

    Args:
        model: a `torch.nn.Module`
        images: an example of what it is called with: images, or a tuple of all arguments

    Raises:
        ModelError: if the model is in training mode
        ExportError: if PyTorch cannot export it
    """
    torch = sys.modules["torch"]
    kind = type(model).__name__
    if images is None:
        raise InputError(f"{kind} is exported for images: give some, as in analyze(model, images[:2])")
    training = [name or "the model" for name, module in model.named_modules() if module.training]
    if training:
        raise ModelError(
            f"{kind} is in training mode ({training[0]}), in which it computes something else: call model.eval() first"
        )
    single = not isinstance(images, tuple)
    arguments = tuple(_on_device_of(model, each) for each in ((images,) if single else images))
    attempts: list[tuple[Any, Any]] = [(arguments, None)]
    if single and arguments[0].dim() > 0:
        # Always the same two images, since the program holds them: one model then gives one program, whatever it is
        # analyzed with. A single image would fix the number of images at one.
        two = arguments[0].new_zeros((2, *arguments[0].shape[1:]))
        attempts.insert(0, ((two,), ({0: torch.export.Dim.AUTO},)))
    problem: Exception | None = None
    for example, shapes in attempts:
        try:
            with torch.no_grad():
                return torch.export.export(model, example, dynamic_shapes=shapes)
        except Exception as error:  # noqa: BLE001 - the exporter raises anything that the model raises
            problem = problem or error
    raise ExportError(
        f"{kind} cannot be exported by torch.export, which says: {_first_lines(problem)}\n"
        "What helps: control flow that depends on the images' values is replaced by torch.where or torch.cond; "
        "a part that exports is given alone; or the weights are given as a state_dict with a layout file."
    ) from problem


def _first_lines(error: Exception | None, most: int = 6) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return "\n".join(lines[:most]) or type(error).__name__


def _on_device_of(model: torch.nn.Module, images: Any) -> torch.Tensor:
    """Returns images as a tensor with the device and floating-point type of a model's weights."""
    torch = sys.modules["torch"]
    tensor = images if isinstance(images, torch.Tensor) else torch.as_tensor(images)
    weights = next((weight for weight in model.parameters() if weight.is_floating_point()), None)
    if weights is None:
        return tensor
    dtype = weights.dtype if tensor.is_floating_point() else tensor.dtype
    return tensor.detach().to(device=weights.device, dtype=dtype)
