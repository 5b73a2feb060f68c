//! The description of the model and images in a document of contributions.

use super::{Baseline, ComputeOptions, ContributedModel};
use crate::analysis::contributions::{
    ContributionsSettings, ContributionsSource, DatasetUse, ImagesSource, ReadBeside,
};
use crate::analysis::report::Input;
use crate::data::SplitData;
use crate::data::evaluation::EvaluatedPart;
use crate::files::checkpoint::{CheckpointError, sha256};
use crate::program::Counted;

impl ContributedModel {
    /// Returns the description of the model and of the files read beside it.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`], where the file of the baseline cannot be read.
    pub fn described(&self, baseline: &Baseline) -> Result<ContributionsSource, CheckpointError> {
        let mut source = self.described_alone();
        if let Baseline::Image(_, file) = baseline {
            let (path, sha256) = (file.display().to_string(), sha256(file)?);
            source.inputs.push(ReadBeside { role: "baseline".to_owned(), path, sha256 });
        }
        Ok(source)
    }

    /// Returns the description of the model and of the files read beside it, without a baseline.
    pub fn described_alone(&self) -> ContributionsSource {
        let beside =
            |input: Input| ReadBeside { role: input.role.to_owned(), path: input.path, sha256: input.sha256 };
        ContributionsSource {
            path: self.analysis.path.display().to_string(),
            sha256: self.analysis.sha256.clone(),
            inputs: Input::all(&self.analysis).into_iter().map(beside).collect(),
        }
    }

    /// Returns the description of how contributions were computed.
    pub fn described_settings(&self, options: &ComputeOptions) -> ContributionsSettings {
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
