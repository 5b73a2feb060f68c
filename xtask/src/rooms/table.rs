//! The rooms, in an order in which every room imports only rooms above it.

/// A package and its rooms.
pub(super) struct Package {
    /// The name of the package.
    pub name: &'static str,
    /// The folder of its rooms, relative to the root of the workspace.
    pub sources: &'static str,
    /// The name of its crate in imports.
    pub crate_name: &'static str,
    /// The rooms.
    pub rooms: &'static [Room],
}

/// A folder of modules with one purpose.
pub(super) struct Room {
    /// The name of the folder.
    pub name: &'static str,
    /// The floor. A room imports only rooms of lower numbers, so rooms on one floor do not know each other.
    pub floor: usize,
    /// A description of the contents.
    pub contents: &'static str,
}

/// All packages that are divided into rooms.
pub(super) const PACKAGES: [Package; 2] = [
    Package {
        name: "pathscope-core",
        sources: "core/src",
        crate_name: "pathscope_core",
        rooms: &[
            of("circuit", 1, "blocks and connections, names of layers, complexity"),
            of("graph", 2, "the graph of components; unrolling a circuit into one"),
            of("statistics", 3, "means, correlations, bootstrap, the random generator"),
            of("paths", 4, "paths: counts, strengths, the strongest, ensembles"),
            of("files", 5, "checkpoints, arrays and documents; output that is whole"),
            of("model", 6, "layouts, tensors by role, component strengths, ablation"),
            of("program", 7, "operations, their rules, execution, contributions"),
            of("network", 8, "whole networks of checkpoints, and their programs"),
            of("data", 9, "data sets, simulation, noise ceilings, scores"),
            of("analysis", 10, "a file and all that follows from it; models side by side"),
        ],
    },
    Package {
        name: "pathscope",
        sources: "src",
        crate_name: "pathscope",
        rooms: &[
            of("output", 1, "the terminal: what prints, and interrupts"),
            of("frames", 2, "frames of polars as CSV and Parquet files"),
            of("study", 3, "settings, grids, sweeps, Slurm, results"),
            of("tables", 4, "results as frames, the paper's tables"),
            of("figures", 4, "results as SVG, the paper's figures"),
            of("export", 4, "networks for PyTorch, results for Jupyter"),
            of("report", 4, "models and studies as one HTML file that computes"),
            of("prediction", 5, "predictions and scores, whatever computes them"),
            of("shell", 6, "what both commands share"),
            of("cli", 7, "one file a subcommand"),
        ],
    },
];

const fn of(name: &'static str, floor: usize, contents: &'static str) -> Room {
    Room { name, floor, contents }
}

/// Returns all rooms.
pub(super) fn rooms() -> impl Iterator<Item = &'static Room> {
    PACKAGES.iter().flat_map(|package| package.rooms)
}

/// Returns the index of a room in its package.
pub(super) fn room(package: usize, name: &str) -> Option<usize> {
    PACKAGES[package].rooms.iter().position(|room| room.name == name)
}
