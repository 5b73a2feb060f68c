"""Takes a trained network apart into the ensemble of feed-forward paths hidden in it.

>>> import pathscope
>>> a = pathscope.analyze("fixtures/nets/fig5.safetensors")
>>> a.average_path_length
1.75
>>> a.lengths["probability"]
array([0.5 , 0.25, 0.25])
"""

from pathscope import errors
from pathscope._analysis import analyze
from pathscope._contributions import ReceptiveFields, contributions, receptive_fields
from pathscope._pathscope import VERSION as __version__
from pathscope._pathscope import Analysis, Circuit, Contributions, Ensemble, Figure, Table, UnrolledCircuit, unroll
from pathscope._recorder import Recorder
from pathscope.errors import PathscopeError, PathscopeWarning

__all__ = [
    "Analysis",
    "Circuit",
    "Contributions",
    "Ensemble",
    "Figure",
    "PathscopeError",
    "PathscopeWarning",
    "ReceptiveFields",
    "Recorder",
    "Table",
    "UnrolledCircuit",
    "__version__",
    "analyze",
    "contributions",
    "errors",
    "receptive_fields",
    "unroll",
]
