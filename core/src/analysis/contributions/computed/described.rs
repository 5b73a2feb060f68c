//! The document of contributions, with the description of their model and images.

use super::{Baseline, ComputeOptions, ContributedModel};
use crate::analysis::contributions::{
    ContributionSummary, Contributions, ContributionsDocument, ContributionsError, ContributionsSettings,
    ContributionsSource, DatasetUse, ImagesSource, ReadBeside, Recordings, StrengthDistribution,
};
use crate::analysis::report::Input;
use crate::data::SplitData;
use crate::data::evaluation::EvaluatedPart;
use crate::program::Counted;
use crate::statistics::Bootstrap;

impl ContributedModel {
    /// Returns the document of contributions: their summary with the model, the images and the options.
    ///
    /// # Arguments
    ///
    /// * `images` - the description of the images
    /// * `options` - the options that the contributions were computed with
    /// * `recordings` - recorded responses to the images, where the units predict them
    /// * `bootstrap` - how intervals over images are computed
    ///
    /// # Errors
    ///
    /// The same as [`ContributionSummary::new`].
    ///
    /// # Complexity
    ///
    /// The same as [`ContributionSummary::new`].
    pub fn document(
        &self,
        contributions: &Contributions,
        images: ImagesSource,
        options: &ComputeOptions,
        recordings: Option<&Recordings>,
        bootstrap: &Bootstrap,
    ) -> Result<ContributionsDocument, ContributionsError> {
        let strength = self.ensemble().map(StrengthDistribution::of);
        let summary = ContributionSummary::new(contributions, strength, recordings, bootstrap)?;
        let (source, settings) = (self.described(&options.baseline), self.described_settings(options));
        Ok(ContributionsDocument::new(source, images, settings, summary))
    }

    /// Returns the description of the model and of the files read beside it.
    fn described(&self, baseline: &Baseline) -> ContributionsSource {
        let inputs = Input::all(&self.analysis).into_iter();
        let mut inputs: Vec<ReadBeside> = inputs
            .map(|input| ReadBeside { role: input.role.to_owned(), path: input.path, sha256: input.sha256 })
            .collect();
        if let Baseline::Image { path, sha256, .. } = baseline {
            let (path, sha256) = (path.display().to_string(), sha256.clone());
            inputs.push(ReadBeside { role: "baseline".to_owned(), path, sha256 });
        }
        ContributionsSource {
            path: self.analysis.path.display().to_string(),
            sha256: self.analysis.sha256.clone(),
            inputs,
        }
    }

    /// Returns the description of how contributions were computed.
    fn described_settings(&self, options: &ComputeOptions) -> ContributionsSettings {
        let program = self.analysis.program();
        let count = program.map_or(Counted::Convolutions, |program| program.count);
        ContributionsSettings {
            gate: options.gate.to_string(),
            baseline: options.baseline.name(),
            precision: options.precision.to_string(),
            from: program.map(|program| program.from.clone()),
            to: program.map(|program| program.to.clone()),
            output: program.and_then(|program| program.output),
            readout: self.ensemble().and_then(|ensemble| ensemble.readout).map(|readout| readout.to_string()),
            count: count.as_str().to_owned(),
            batch: self.batch().unwrap_or(options.batch),
        }
    }
}

impl ImagesSource {
    /// Returns the description of the images of one split of a data set.
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn of_dataset(data: &SplitData, part: EvaluatedPart) -> Self {
        let scored = data.dataset.scored_responses(&data.images_of(part));
        Self {
            path: data.dataset.folder.display().to_string(),
            sha256: data.dataset.sha256.clone(),
            dataset: Some(DatasetUse {
                name: data.dataset.name().to_owned(),
                split: part,
                split_seed: data.split_seed,
                crop: data.preprocessing.crop.unwrap_or(0),
                downsample: data.preprocessing.downsample,
                trials: Some(scored.trials),
            }),
        }
    }
}
