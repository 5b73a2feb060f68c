//! Contributions by path length, for commands that need no other groups of paths.

use super::images::{Images, Wanted};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::ModelFile;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{
    By, ComputeOptions, ContributedModel, Contributions, ContributionsDocument, ContributionsError,
    ReceptiveFields,
};
use pathscope_core::statistics::Bootstrap;

/// The settings of the computation.
pub(crate) struct Computing<'a> {
    pub images: Wanted<'a>,
    pub analysis: &'a AnalysisOptions,
    pub options: ComputeOptions,
    pub bootstrap: Bootstrap,
}

/// A model and images, whose contributions are computed.
pub(crate) struct ByLength<'a> {
    pub model: ContributedModel,
    images: Images,
    computing: &'a Computing<'a>,
}

impl<'a> ByLength<'a> {
    /// Opens a model and images.
    pub(crate) fn open(file: &ModelFile, computing: &'a Computing<'a>, printer: &Printer) -> Result<Self> {
        let images = Images::open(&computing.images, file, printer)?;
        let (_, channels, height, width) = images.pixels.dim();
        let model = ContributedModel::open(&file.path, computing.analysis, [channels, height, width])?;
        model.analysis.remarks.iter().for_each(|remark| printer.note(remark));
        Ok(Self { model, images, computing })
    }

    /// Refuses unknown units before any long computation.
    pub(crate) fn check_units(&self, units: &[usize]) -> Result<()> {
        let Some(&unit) = units.iter().max() else { return Ok(()) };
        let units = self.model.units(self.images.pixels.view())?;
        if unit < units { Ok(()) } else { Err(ContributionsError::NoUnit { unit, units }.into()) }
    }

    /// Computes the contributions.
    ///
    /// # Arguments
    ///
    /// * `recorded` - whether to say what of recordings is explained, where the images have some
    pub(crate) fn compute(
        &self,
        recorded: bool,
        printer: &Printer,
    ) -> Result<(ContributionsDocument, Contributions)> {
        let Self { model, images, computing } = self;
        let pixels = images.pixels.view();
        let progress = printer.progress(pixels.dim().0 as u64, "computing contributions");
        let done = |images: usize| progress.set_position(images as u64);
        let mut found = model.compute(pixels, &model.gradings(By::Length), &computing.options, &done)?;
        progress.finish_and_clear();
        let contributions = found.swap_remove(0);
        let recordings = if recorded { images.recordings(contributions.units(), printer)? } else { None };
        let (source, recordings) = (images.source(), recordings.as_ref());
        let document =
            model.document(&contributions, source, &computing.options, recordings, &computing.bootstrap)?;
        Ok((document, contributions))
    }

    /// Computes the receptive fields of some units.
    pub(crate) fn receptive_fields(&self, units: &[usize], printer: &Printer) -> Result<ReceptiveFields> {
        let pixels = self.images.pixels.view();
        let gradings = self.model.gradings(By::Length);
        let progress = printer.progress(pixels.dim().0 as u64, "computing receptive fields");
        let done = |images: usize| progress.set_position(images as u64);
        let fields =
            self.model.receptive_fields(pixels, &gradings[0], units, &self.computing.options, &done)?;
        progress.finish_and_clear();
        Ok(fields)
    }

    /// Returns the number of units.
    pub(crate) fn units(&self) -> Result<usize> {
        Ok(self.model.units(self.images.pixels.view())?)
    }
}

/// Computes the contributions of a model by path length, without recordings.
pub(crate) fn contributions_by_length(
    file: &ModelFile,
    computing: &Computing<'_>,
    printer: &Printer,
) -> Result<ContributionsDocument> {
    Ok(ByLength::open(file, computing, printer)?.compute(false, printer)?.0)
}
