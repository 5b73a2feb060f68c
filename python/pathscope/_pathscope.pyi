from collections.abc import Callable, Sequence
from typing import Any, Literal, final, overload, type_check_only

import numpy as np
import pandas
import polars
from numpy.typing import NDArray

from pathscope._contributions import ReceptiveFields
from pathscope._models import Tensor
from pathscope._options import Options
from pathscope._typing import ContributionFigure, EnsembleFigure, Readout, StrPath

__all__ = [
    "VERSION",
    "Analysis",
    "Circuit",
    "Contributions",
    "Ensemble",
    "Figure",
    "Table",
    "UnrolledCircuit",
    "analyze",
    "analyze_tensors",
    "contributions",
    "receptive_fields",
    "unroll",
    "write_safetensors",
]

VERSION: str

@final
class Figure:
    """A figure as SVG. In Jupyter it shows itself."""

    def __new__(cls, svg: str) -> Figure: ...
    @property
    def svg(self) -> str:
        """The text of the SVG file."""
    def save(self, path: StrPath) -> None:
        """Writes the figure into a file, at once or not at all."""
    def _repr_svg_(self) -> str: ...

@final
class Table:
    """A table with named columns.

    Libraries that support Arrow's PyCapsule interface read it without a copy, as in `polars.DataFrame(table)` and, from
    pandas 3 on, `pandas.DataFrame.from_arrow(table)`.
    """

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
    def __len__(self) -> int: ...
    def __getitem__(self, name: str, /) -> Any: ...
    def to_dict(self) -> dict[str, Any]:
        """Returns the columns by name: numbers as NumPy arrays, with NaN where one is missing, and text as lists."""
    def to_csv(self) -> str:
        """Returns the table as CSV."""
    @overload
    def to_frame(self, library: None = None) -> Any:
        """Returns the table as a frame of polars or pandas, whichever is installed."""
    @overload
    def to_frame(self, library: Literal["polars"]) -> polars.DataFrame: ...
    @overload
    def to_frame(self, library: Literal["pandas"]) -> pandas.DataFrame: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
    def _repr_html_(self) -> str: ...

@type_check_only
class _Paths:
    """What an ensemble has, and an analysis of one ensemble too."""

    @property
    def readout(self) -> Readout | None:
        """The readout mode; None where paths end at an output of a program."""
    @property
    def paths(self) -> int:
        """The exact number of paths."""
    @property
    def total_strength(self) -> float | None:
        """The sum of the paths' strengths; None where it is beyond the range of doubles."""
    @property
    def average_path_length(self) -> float | None:
        """The average path length in convolutions by strength (paper, Fig. 5c); None where all strengths are 0."""
    @property
    def length_std(self) -> float | None:
        """The standard deviation of the path length, weighted by normalized strengths."""
    @property
    def diversity(self) -> float | None:
        """The entropy of the path length distribution, in nats (paper, section 4.3)."""
    @property
    def effective_paths(self) -> float | None:
        """The number of equally strong paths that would be as diverse."""
    def strongest(self, count: int = 10) -> Table:
        """Returns the strongest paths, from the strongest downward."""
    def figure(self, name: EnsembleFigure = "circuit", *, width: float | None = None, paths: int = 10) -> Figure:
        """Draws a figure of the paper.

        Args:
            name: `circuit` (the unrolled graph by strength, Fig. 5a), `circuit-paths` (by numbers of paths, Fig. 4a),
                `ensemble` (the strongest paths, Fig. 5b), `distribution` (Fig. 5c) or, of a program, `modules`
            width: the width in millimetres, such as 89 or 183 for one and two columns of a journal
            paths: the number of strongest paths in `ensemble`
        """
    def _repr_html_(self) -> str: ...

@final
class Ensemble(_Paths):
    """All paths to one readout or output, with their strengths."""

    @property
    def log_strength(self) -> float | None:
        """The natural logarithm of the total strength; None where that is 0."""
    @property
    def lengths(self) -> Table:
        """The path length distribution, a row for each length."""

@final
class Analysis(_Paths):
    """A model decomposed into its paths.

    Numbers, figures and the strongest paths are those of its ensemble. A checkpoint that names no readout mode has one
    ensemble for each: take one with `analysis["late-avg"]`, or give `analyze` a readout.

    >>> import pathscope
    >>> a = pathscope.analyze("fixtures/nets/fig5.safetensors")
    >>> a
    <pathscope.Analysis of fixtures/nets/fig5.safetensors: no-avg, 3 paths, average path length 1.7500, diversity 1.0397 nats>
    >>> a.strongest(1)["path"]
    ['conv[2].bottom_up > bn[2,3]']
    """

    @property
    def remarks(self) -> list[str]:
        """Remarks about how the model was read, and what was guessed."""
    @property
    def source(self) -> str:
        """The file of the model, or the name of a model in memory."""
    @property
    def sha256(self) -> str:
        """The SHA-256 of the file; of a model in memory, that of the file that its weights make."""
    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
    @property
    def ensembles(self) -> list[Ensemble]:
        """The ensembles of paths: one for each readout mode that the model may have."""
    @property
    def ensemble(self) -> Ensemble:
        """The only ensemble."""
    def __getitem__(self, readout: Readout, /) -> Ensemble: ...
    @property
    def components(self) -> Table:
        """The components on paths, with their strengths."""
    @property
    def lengths(self) -> Table:
        """The path length distributions of all ensembles, a row for each readout mode and length."""
    def report(
        self,
        path: StrPath,
        contributions: Contributions | None = None,
        receptive_fields: ReceptiveFields | None = None,
        *,
        title: str | None = None,
    ) -> None:
        """Writes an interactive page about the model: one HTML file that needs nothing else.

        Args:
            path: the file, which ends in .html
            contributions: those of the same model by length, which the page then shows too
            receptive_fields: those of the same model by length, likewise
            title: the title of the page; by default the name of the model
        """
    def to_json(self, top: int = 10) -> str:
        """Returns the analysis as `pathscope analyze --format json` prints it."""

@final
class Contributions:
    """The exact contributions of paths to a model's outputs, image by image."""

    @property
    def by(self) -> Literal["length", "iteration", "path", "block", "connection"]:
        """What paths are grouped by: `length`, `iteration`, `block`, `connection`, or `path` for single paths."""
    @property
    def name(self) -> str | None:
        """The name of the block or connection; None where paths are grouped by something else."""
    @property
    def marks(self) -> NDArray[np.int64]:
        """The marks of the groups, ascending: lengths, counts or iterations, or the ranks of single paths."""
    @property
    def array(self) -> NDArray[np.float64]:
        """The contributions of paths, [images, units, marks]."""
    @property
    def bias(self) -> NDArray[np.float64]:
        """The contributions of all that begins elsewhere than at the input, [images, units]."""
    @property
    def outputs(self) -> NDArray[np.float64]:
        """The outputs of the network, [images, units]."""
    @property
    def share(self) -> NDArray[np.float64]:
        """Shares of mean |contribution| of all units together, [marks]; they sum to 1."""
    @property
    def variance_share(self) -> NDArray[np.float64]:
        """Shares of the responses' variance of all units together, [marks]."""
    @property
    def unit_share(self) -> NDArray[np.float64]:
        """Shares of mean |contribution| of each unit, [units, marks]."""
    @property
    def unit_variance_share(self) -> NDArray[np.float64]:
        """Shares of the responses' variance of each unit, [units, marks]."""
    @property
    def average(self) -> float | None:
        """The mean mark under shares of mean |contribution|: the average path length by contribution."""
    @property
    def sum_difference(self) -> float:
        """The largest difference between the sum of the parts and the output."""
    @property
    def warnings(self) -> list[str]:
        """Warnings about numbers that are easily misread."""
    @property
    def analysis(self) -> Analysis | None:
        """The analysis of the same model; None in a copy that was unpickled."""
    @property
    def table(self) -> Table:
        """A row for each part of all units together, the biases last."""
    def units_table(self, units: Sequence[int] | None = None) -> Table:
        """Returns a row for each part of some units, or of every unit and all together."""
    @overload
    def to_frame(self, library: None = None) -> Any:
        """Returns a row for each part, the biases last, as a frame of polars or pandas, whichever is installed."""
    @overload
    def to_frame(self, library: Literal["polars"]) -> polars.DataFrame: ...
    @overload
    def to_frame(self, library: Literal["pandas"]) -> pandas.DataFrame: ...
    def figure(
        self,
        name: ContributionFigure = "distribution",
        *,
        unit: int | None = None,
        width: float | None = None,
    ) -> Figure:
        """Draws `distribution`, of all units together or of one, or `units`, of every unit."""
    def to_json(self) -> str:
        """Returns the summary as `pathscope contributions --format json` prints it."""
    def _repr_html_(self) -> str: ...

@final
class Circuit:
    """A recurrent circuit: blocks, the connections between them and a readout.

    Args:
        blocks: the number of recurrent blocks, which are counted from 2, because block 1 is the input
        iterations: the number of iterations
        connections: the source block, the target block and the delay in iterations of each; by default every block has a
            bottom-up connection from the block before it and a lateral one
        readout: the readout mode
        read_from: the block that is read out; by default the last
        normalization: whether every block has a batch normalization `per-iteration`, `shared` by its iterations or `none`
    """

    def __new__(
        cls,
        blocks: int,
        iterations: int,
        connections: Sequence[tuple[int, int, int]] | None = None,
        *,
        readout: Readout | None = None,
        read_from: int | None = None,
        normalization: Literal["per-iteration", "shared", "none"] = "per-iteration",
    ) -> Circuit: ...
    @staticmethod
    def from_json(json: str) -> Circuit:
        """Reads a circuit from JSON."""
    def to_json(self) -> str:
        """Returns the circuit as JSON."""
    @property
    def connections(self) -> list[str]:
        """The names of the connections."""
    @property
    def iterations(self) -> int:
        """The number of iterations."""

@final
class UnrolledCircuit:
    """A circuit unrolled over its iterations into a directed acyclic graph."""

    @property
    def components(self) -> list[str]:
        """The names of the components, which strengths are given for."""
    @property
    def nodes(self) -> list[str | None]:
        """The component that each node of the graph uses; None for the input and for sums."""
    @property
    def edges(self) -> NDArray[np.uintp]:
        """The edges of the graph, [edges, 2]: the numbers of the source and the target in `nodes`."""
    def ensemble(self, strengths: dict[str, float], readout: Readout | None = None) -> Ensemble:
        """Returns the ensemble of paths for given strengths.

        Args:
            strengths: the strength of each of `components`, by its name
            readout: the readout mode; by default that of the circuit
        """

def unroll(circuit: Circuit) -> UnrolledCircuit: ...
def analyze(model: tuple[StrPath, str | None], options: Options) -> Analysis: ...
def contributions(
    model: tuple[StrPath, str | None],
    options: Options,
    images: NDArray[np.float32],
    computing: dict[str, Any],
    progress: Callable[[int], None] | None,
) -> list[Contributions]: ...
def receptive_fields(
    model: tuple[StrPath, str | None],
    options: Options,
    images: NDArray[np.float32],
    units: list[int],
    computing: dict[str, Any],
    progress: Callable[[int], None] | None,
) -> tuple[str, NDArray[np.int64], NDArray[np.float64]]: ...
def analyze_tensors(tensors: list[Tensor], options: Options) -> Analysis: ...
def write_safetensors(path: StrPath, tensors: list[Tensor]) -> None: ...
