//! Contributions by path length, for commands that need nothing else of them.

use super::images::{Images, Wanted};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::ModelFile;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{
    By, ComputeOptions, ContributedModel, ContributionSummary, ContributionsDocument, StrengthDistribution,
};
use pathscope_core::statistics::Bootstrap;

/// The settings of the computation.
pub(crate) struct Computing<'a> {
    pub images: Wanted<'a>,
    pub analysis: &'a AnalysisOptions,
    pub options: ComputeOptions,
    pub bootstrap: Bootstrap,
}

/// Computes the contributions of a model by path length, without recordings.
pub(crate) fn contributions_by_length(
    file: &ModelFile,
    computing: &Computing<'_>,
    printer: &Printer,
) -> Result<ContributionsDocument> {
    let images = Images::open(&computing.images, file, printer)?;
    let pixels = images.pixels.view();
    let (number, channels, height, width) = pixels.dim();
    let model = ContributedModel::open(&file.path, computing.analysis, [channels, height, width])?;
    model.analysis.remarks.iter().for_each(|remark| printer.note(remark));
    let progress = printer.progress(number as u64, "computing contributions");
    let done = |images: usize| progress.set_position(images as u64);
    let mut found = model.compute(pixels, &model.gradings(By::Length), &computing.options, &done)?;
    progress.finish_and_clear();
    let strength = model.ensemble().map(StrengthDistribution::of);
    let summary = ContributionSummary::new(&found.swap_remove(0), strength, None, &computing.bootstrap)?;
    let source = model.described(&computing.options.baseline)?;
    Ok(ContributionsDocument::new(
        source,
        images.source(),
        model.described_settings(&computing.options),
        summary,
    ))
}
