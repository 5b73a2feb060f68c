//! The part of an analysis that is specific to programs.

use super::unseen::{self, is_unseen};
use super::{Analysis, AnalysisOptions, Subject};
use crate::files::checkpoint::sha256;
use crate::paths::Reading;
use crate::paths::lengths::work;
use crate::paths::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use crate::program::strengths::{Measure, StrengthError};
use crate::program::tracing::{self, Layer, Role, Traced};
use crate::program::{
    Counted, ExportedProgram, Extent, OffPath, Program, ProgramComponent, ProgramError, ProgramGraph,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The largest number of totals by length to add up; each may take some hundred bytes.
const MOST_WORK: f64 = 5e7;

/// An exported program, decomposed into the paths between two places.
#[derive(Clone, Debug)]
pub struct ProgramSubject {
    /// The name of the input where paths begin, or the path of the module at whose output they begin.
    pub from: String,
    /// Where paths end: `output`, with its number if there are several, or the path of the module at whose
    /// output they end.
    pub to: String,
    /// The shapes of the model's inputs, in the order of its arguments.
    pub inputs: Vec<Vec<Extent>>,
    /// The number of outputs that the model has.
    pub outputs: usize,
    /// The output where paths end, counted from 0; `None` where they end at a module.
    pub output: Option<usize>,
    /// What counts towards the length of a path.
    pub count: Counted,
    /// The number of operations of each kind, such as `conv2d`.
    pub operations: BTreeMap<String, usize>,
    /// The components that no path leads through.
    pub off_path: Vec<OffPath>,
    /// The graph that paths lead through.
    pub paths: ProgramGraph,
}

/// The strength of each component, or why it cannot be measured.
type Measured = Vec<Result<f64, StrengthError>>;

impl Analysis {
    /// Analyzes an exported program.
    ///
    /// # Errors
    ///
    /// [`ProgramError`], which names the file and the operation and says what to do.
    ///
    /// # Complexity
    ///
    /// The same as [`Analysis::of_file`].
    pub fn of_program(path: &Path, options: &AnalysisOptions) -> Result<Self, ProgramError> {
        // Hashing the file and decomposing the program run in parallel.
        let (sha256, analysis) = rayon::join(|| sha256(path), || without_hash(path, options));
        let analysis = analysis?;
        let sha256 = sha256.map_err(|error| ProgramError::Hash(Box::new(error)))?;
        Ok(Self { sha256, ..analysis })
    }
}

/// Returns the analysis of a program, without its hash.
fn without_hash(path: &Path, options: &AnalysisOptions) -> Result<Analysis, ProgramError> {
    let file = ExportedProgram::open(path)?;
    let problem = |problem| ProgramError::Paths { path: path.to_owned(), problem: Box::new(problem) };
    let traced = tracing::trace(&file.program, &file, &options.paths).map_err(problem)?;
    if work(&traced.graph) > MOST_WORK {
        return Err(ProgramError::Uncountable { path: path.to_owned() });
    }
    let measured = measure(&file, &traced, options.convolution_strength, options);
    let other = options.convolution_strength != ConvolutionStrength::KernelNorm;
    let kernel_norms = other
        .then(|| strengths(path, &traced, measure(&file, &traced, ConvolutionStrength::KernelNorm, options)));
    let mut remarks = remarks(&file.program, &traced, options);
    if options.batch_norm_strength == BatchNormStrength::Effective {
        remarks.extend(unseen::remark(&unseen_normalizations(&file, &traced, options)));
    }
    let components = components(&file, &traced, &measured, options);
    let strengths = strengths(path, &traced, measured)?;
    Ok(Analysis {
        path: path.to_owned(),
        sha256: String::new(),
        remarks,
        parameters: usize::try_from(file.parameters()).unwrap_or(usize::MAX),
        convolution_strength: options.convolution_strength,
        batch_norm_strength: options.batch_norm_strength,
        ensembles: vec![Reading::of_graph(&traced.graph, &strengths).ensemble()],
        strengths,
        kernel_norms: kernel_norms.transpose()?,
        subject: Subject::Program(Box::new(subject(&file.program, traced, components, options))),
    })
}

/// Returns the names of the normalizations on paths that have not seen any image.
fn unseen_normalizations<'t>(
    file: &ExportedProgram,
    traced: &'t Traced,
    options: &AnalysisOptions,
) -> Vec<&'t str> {
    let convolution = options.convolution_strength;
    let measure = Measure::new(&file.program, file, traced, convolution, options.batch_norm_strength);
    let on_path = traced.layers.iter().zip(&traced.roles).filter(|(_, role)| **role == Role::Path);
    let layers = on_path.map(|(layer, _)| layer);
    layers
        .filter(|layer| measure.running_variance(layer).is_some_and(|variance| is_unseen(&variance)))
        .map(|layer| &*layer.name)
        .collect()
}

fn measure(
    file: &ExportedProgram,
    traced: &Traced,
    convolution: ConvolutionStrength,
    options: &AnalysisOptions,
) -> Measured {
    let measure = Measure::new(&file.program, file, traced, convolution, options.batch_norm_strength);
    traced.layers.iter().map(|layer| measure.strength(layer)).collect()
}

/// Returns the strengths of components. A component on no path may lack a strength and then counts as 1.
fn strengths(path: &Path, traced: &Traced, measured: Measured) -> Result<Strengths, ProgramError> {
    let mut found = Vec::with_capacity(measured.len());
    for (strength, role) in measured.into_iter().zip(&traced.roles) {
        match strength {
            Err(problem) if *role == Role::Path => return Err(unmeasured(path, problem)),
            strength => found.push(strength.unwrap_or(1.0)),
        }
    }
    Ok(Strengths::new(&found, |&strength| strength))
}

/// Returns why a component on a path has no strength; an error about the file stands for itself.
fn unmeasured(path: &Path, problem: StrengthError) -> ProgramError {
    let of_file = |problem| ProgramError::Strength { path: path.to_owned(), problem: Box::new(problem) };
    match problem {
        StrengthError::Stored(error) => match error.downcast::<ProgramError>() {
            Ok(error) => *error,
            Err(error) => of_file(StrengthError::Stored(error)),
        },
        problem => of_file(problem),
    }
}

fn components(
    file: &ExportedProgram,
    traced: &Traced,
    measured: &Measured,
    options: &AnalysisOptions,
) -> Vec<ProgramComponent> {
    let convolution = options.convolution_strength;
    let measure = Measure::new(&file.program, file, traced, convolution, options.batch_norm_strength);
    let component = |((layer, &role), strength): ((&Layer, &Role), &Result<f64, StrengthError>)| {
        let first = layer.operations.first().map(|&index| &file.program.operations[index]);
        let modules = first.iter().flat_map(|operation| operation.modules.iter());
        ProgramComponent {
            name: layer.name.clone(),
            kind: layer.kind,
            uses: layer.uses,
            shape: measure.shape(layer),
            role,
            measured: strength.is_ok(),
            modules: modules.map(|call| call.path.clone()).filter(|path| !path.is_empty()).collect(),
        }
    };
    traced.layers.iter().zip(&traced.roles).zip(measured).map(component).collect()
}

/// Returns remarks about values that were guessed, and how to override them.
fn remarks(program: &Program, traced: &Traced, options: &AnalysisOptions) -> Vec<String> {
    let mut remarks = Vec::new();
    let asks_for_ends = options.paths.from.is_some() || options.paths.input.is_some();
    if program.inputs.len() > 1 && !asks_for_ends {
        let from = &traced.from;
        remarks.push(format!(
            "paths begin at the first image of {} inputs, {from}: --input chooses another",
            program.inputs.len()
        ));
    }
    if let (Some(output), true) = (traced.output, program.outputs.len() > 1 && options.paths.output.is_none())
    {
        let count = program.outputs.len();
        remarks.push(format!("paths end at output {output}, the last of {count}: --output chooses another"));
    }
    if let Some((first, more)) = traced.divisors.split_first() {
        let others = match more.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        remarks.push(format!(
            "quotients of two values of the image: no path leads through the divisor of {first}{others}, as none leads through what a normalization divides by"
        ));
    }
    remarks
}

fn subject(
    program: &Program,
    traced: Traced,
    components: Vec<ProgramComponent>,
    options: &AnalysisOptions,
) -> ProgramSubject {
    let off_path = components.iter().filter(|component| component.role != Role::Path);
    let off_path = off_path
        .map(|component| OffPath {
            name: component.name.clone(),
            kind: component.kind,
            reason: component.role,
        })
        .collect();
    let shape =
        |&input| program.value(input).tensor.as_ref().map_or_else(Vec::new, |tensor| tensor.shape.clone());
    let by_node = || traced.node_operations.iter().map(|index| index.map(|index| &program.operations[index]));
    let names = by_node().map(|operation| operation.map(|operation| operation.name.clone())).collect();
    let calls =
        by_node().map(|operation| operation.map_or_else(|| [].into(), |found| Arc::clone(&found.modules)));
    let calls = calls.collect();
    ProgramSubject {
        from: traced.from,
        to: traced.to,
        inputs: program.inputs.iter().map(shape).collect(),
        outputs: program.outputs.len(),
        output: traced.output,
        count: options.paths.count,
        operations: traced.operations,
        off_path,
        paths: ProgramGraph { graph: traced.graph, components, operations: names, calls },
    }
}
