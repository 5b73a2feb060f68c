//! Results as polars frames.
//!
//! An analysis, a comparison or the results of a study come in, a frame goes out. Read [`study`] first for
//! the paper's tables.

mod comparison;
mod contributions;
mod lesions;
mod neurons;
mod plan;
mod status;
pub mod study;
#[cfg(test)]
mod tests;

pub use comparison::{compared_lengths, compared_measures, compared_models};
pub use contributions::contributions;
pub use lesions::lesions;
pub use neurons::{neurons, scores};
pub use plan::planned_models;
pub use status::model_status;

pub use crate::frames::{TableError, to_csv};
use crate::frames::{counts, frame, integers, joined, numbers, strings};
pub use pathscope_core::analysis::report::PATH_SEPARATOR;
use pathscope_core::analysis::report::{PathRow, component_rows, path_row};
use pathscope_core::analysis::{Analysis, CheckpointSubject};
use pathscope_core::circuit::complexity::Complexity;
use pathscope_core::circuit::{Circuit, Readout, TensorName};
use pathscope_core::files::text::shape;
use pathscope_core::model::layout::TensorUse;
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::program::Extent;
use pathscope_core::program::tracing::Module;
use polars::prelude::DataFrame;

/// Returns a table of components: `name`, `kind`, `block`, `role`, `iteration`, `shape` (as `8x8x3x3`),
/// `strength` and `uses`. The components of a program have no block, role and iteration.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn components(analysis: &Analysis) -> Result<DataFrame, TableError> {
    let rows = component_rows(analysis);
    let shapes = rows.iter().map(|row| row.shape.as_ref().map(|extents| shape(extents, "x")));
    frame(vec![
        strings("name", rows.iter().map(|row| Some(row.name.clone()))),
        strings("kind", rows.iter().map(|row| Some(row.kind.to_owned()))),
        integers("block", rows.iter().map(|row| Some(row.place?.block))),
        strings("role", rows.iter().map(|row| row.place?.role.map(str::to_owned))),
        integers("iteration", rows.iter().map(|row| row.place?.iteration)),
        strings("shape", shapes),
        numbers("strength", rows.iter().map(|row| row.strength)),
        integers("uses", rows.iter().map(|row| Some(row.uses))),
    ])
}

/// Returns a table of a checkpoint's tensors: `name`, `role`, `type`, `shape` (as `8x8x3x3`), `parameters`
/// and `uses`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn tensors(tensors: &[TensorUse]) -> Result<DataFrame, TableError> {
    frame(vec![
        strings("name", tensors.iter().map(|tensor| Some(tensor.name.clone()))),
        strings("role", tensors.iter().map(|tensor| tensor.role.as_ref().map(TensorName::in_words))),
        strings("type", tensors.iter().map(|tensor| Some(tensor.info.element_type.as_str().to_owned()))),
        strings("shape", tensors.iter().map(|tensor| Some(shape(&tensor.info.shape, "x")))),
        integers("parameters", tensors.iter().map(|tensor| Some(tensor.parameters))),
        integers("uses", tensors.iter().map(|tensor| Some(tensor.uses))),
    ])
}

/// Returns a table of a program's modules: `name`, `kind`, `shape` (as `8x8x3x3`), `parameters`, `uses`,
/// `on_paths`, `role` and `why`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn modules(modules: &[Module]) -> Result<DataFrame, TableError> {
    let why = || modules.iter().map(|module| module.why.as_ref());
    let parameters = |module: &Module| usize::try_from(module.parameters).unwrap_or(usize::MAX);
    frame(vec![
        strings("name", modules.iter().map(|module| Some(module.name.clone()))),
        strings("kind", modules.iter().map(|module| Some(module.kind?.as_str().to_owned()))),
        strings("shape", modules.iter().map(|module| Some(extents(module.shape.as_ref()?, "x")))),
        integers("parameters", modules.iter().map(|module| Some(parameters(module)))),
        integers("uses", modules.iter().map(|module| Some(module.uses))),
        integers("on_paths", modules.iter().map(|module| module.on_paths)),
        strings("role", why().map(|why| Some(why?.role().as_str().to_owned()))),
        strings("why", why().map(|why| Some(why?.to_string()))),
    ])
}

/// Returns a table of path length distributions: `readout`, `length`, `paths`, `strength`, `log_strength` and
/// `probability`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn lengths(ensembles: &[Ensemble]) -> Result<DataFrame, TableError> {
    let rows: Vec<_> = ensembles
        .iter()
        .flat_map(|ensemble| ensemble.lengths.iter().map(move |share| (ensemble.readout, share)))
        .collect();
    frame(vec![
        strings("readout", rows.iter().map(|(readout, _)| Some(readout.as_ref()?.to_string()))),
        integers("length", rows.iter().map(|(_, share)| Some(share.length))),
        counts("paths", rows.iter().map(|(_, share)| &share.paths)),
        numbers("strength", rows.iter().map(|(_, share)| share.strength.to_f64())),
        numbers("log_strength", rows.iter().map(|(_, share)| share.strength.checked_ln())),
        numbers("probability", rows.iter().map(|(_, share)| share.probability)),
    ])
}

/// Returns a table with one row for each analysis and readout mode: the model and the summary of its
/// ensemble. Values that only a circuit has are missing in the row of a program.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn summary(analyses: &[Analysis]) -> Result<DataFrame, TableError> {
    let rows: Vec<(&Analysis, &Ensemble)> = analyses
        .iter()
        .flat_map(|analysis| analysis.ensembles.iter().map(move |ensemble| (analysis, ensemble)))
        .collect();
    let circuits: Vec<Option<&Circuit>> =
        rows.iter().map(|(analysis, _)| Some(&analysis.checkpoint()?.model.circuit)).collect();
    let circuits = || circuits.iter().copied();
    let complexity = |of: fn(&Complexity) -> Option<f64>| {
        rows.iter().map(move |(analysis, _)| of(&analysis.checkpoint()?.complexity))
    };
    let removed = |circuit: &Circuit| {
        let multi_path = circuit.multi_path.as_ref()?;
        Some(joined(multi_path.lengths_removed.iter(), " "))
    };
    let layout = |(analysis, _): &(&Analysis, _)| Some(analysis.checkpoint()?.model.layout.clone());
    let moments = || rows.iter().map(|(_, ensemble)| ensemble.moments);
    frame(vec![
        strings("path", rows.iter().map(|(analysis, _)| Some(analysis.path.display().to_string()))),
        strings("sha256", rows.iter().map(|(analysis, _)| Some(analysis.sha256.clone()))),
        strings("layout", rows.iter().map(layout)),
        integers("recurrent_blocks", circuits().map(|circuit| Some(circuit?.blocks.len()))),
        integers("iterations", circuits().map(|circuit| Some(circuit?.iterations))),
        strings("activation", circuits().map(|circuit| Some(circuit?.activation?.to_string()))),
        strings("multi_path", circuits().map(|circuit| Some(circuit?.multi_path.is_some().to_string()))),
        strings("lengths_removed", circuits().map(|circuit| removed(circuit?))),
        strings("readout", rows.iter().map(|(_, ensemble)| Some(ensemble.readout?.to_string()))),
        counts("paths", rows.iter().map(|(_, ensemble)| &ensemble.paths)),
        numbers("total_strength", rows.iter().map(|(_, ensemble)| ensemble.total_strength.to_f64())),
        numbers("average_path_length", moments().map(|moments| Some(moments?.average_path_length))),
        numbers("length_std", moments().map(|moments| Some(moments?.length_std))),
        numbers("diversity_nats", moments().map(|moments| Some(moments?.diversity_nats))),
        numbers("effective_paths", moments().map(|moments| Some(moments?.effective_paths))),
        numbers("recurrent_depth", complexity(|complexity| Some(complexity.recurrent_depth))),
        numbers("feedforward_depth", complexity(|complexity| Some(complexity.feedforward_depth))),
        numbers("recurrent_skip_coefficient", complexity(|complexity| complexity.recurrent_skip_coefficient)),
    ])
}

/// Rows of the table of paths: `readout`, `path`, `iteration` (the first at which it is read), `length`,
/// `strength`, `log_strength` and `probability`. The paths of a program have no readout mode and no
/// iteration.
#[derive(Clone, Debug, Default)]
pub struct PathRows {
    readouts: Vec<Option<Readout>>,
    iterations: Vec<Option<usize>>,
    rows: Vec<PathRow>,
}

impl PathRows {
    /// Adds a path of an ensemble, given by its index.
    ///
    /// # Arguments
    ///
    /// * `strength` - the product of the components' strengths and the weight of the path's end
    pub fn push(
        &mut self,
        analysis: &Analysis,
        ensemble: usize,
        path: &pathscope_core::paths::Path,
        strength: pathscope_core::paths::Magnitude,
    ) {
        let ensemble = &analysis.ensembles[ensemble];
        let read_at = |checkpoint: &CheckpointSubject| {
            checkpoint.model.unrolled.end_iterations()[path.end].first().copied()
        };
        let row = path_row(analysis, path, strength, ensemble.total_strength);
        self.push_row(ensemble.readout, analysis.checkpoint().and_then(read_at), row);
    }

    /// Adds a path.
    ///
    /// # Arguments
    ///
    /// * `iteration` - the first iteration that reads it
    pub fn push_row(&mut self, readout: Option<Readout>, iteration: Option<usize>, row: PathRow) {
        self.readouts.push(readout);
        self.iterations.push(iteration);
        self.rows.push(row);
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the rows as a frame and clears them.
    ///
    /// # Errors
    ///
    /// [`TableError`] if polars runs out of memory.
    pub fn take_frame(&mut self) -> Result<DataFrame, TableError> {
        let Self { readouts, iterations, rows } = std::mem::take(self);
        frame(vec![
            strings("readout", readouts.into_iter().map(|readout| Some(readout?.to_string()))),
            strings("path", rows.iter().map(|row| Some(row.path.join(PATH_SEPARATOR)))),
            integers("iteration", iterations.into_iter()),
            integers("length", rows.iter().map(|row| Some(row.length))),
            numbers("strength", rows.iter().map(|row| row.strength)),
            numbers("log_strength", rows.iter().map(|row| row.log_strength)),
            numbers("probability", rows.iter().map(|row| row.probability)),
        ])
    }
}

/// Returns a shape as text, such as `?x3x8x8`. The extents marked `?` are known only when the program runs.
pub fn extents(extents: &[Extent], separator: &str) -> String {
    let text = |extent: &Extent| extent.known().map_or("?".to_owned(), |known| known.to_string());
    joined(extents.iter().map(text), separator)
}
