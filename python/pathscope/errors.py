"""The exceptions that pathscope raises, and its warning."""

__all__ = [
    "CircuitError",
    "ExportError",
    "InputError",
    "ModelError",
    "OutputError",
    "PathscopeError",
    "PathscopeWarning",
]


class PathscopeError(Exception):
    """The base of all exceptions of pathscope."""


class ModelError(PathscopeError):
    """A model or its file cannot be read, or cannot be taken apart into paths."""


class ExportError(ModelError):
    """PyTorch cannot export a model as a program."""


class InputError(PathscopeError, ValueError):
    """An argument or the images do not fit the model, or contradict each other."""


class CircuitError(PathscopeError, ValueError):
    """A circuit cannot be unrolled."""


class OutputError(PathscopeError):
    """A figure, table or report cannot be made or written."""


class PathscopeWarning(UserWarning):
    """pathscope guessed something, or a number is easily misread."""
