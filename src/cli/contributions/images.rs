//! The images that contributions are computed for, with the recordings of a data set.

use crate::cli::usage_error;
use anyhow::Result;
use ndarray::{Array3, Array4, Axis};
use pathscope::output::Printer;
use pathscope::prediction::{ModelFile, read_images};
use pathscope_core::analysis::contributions::{ImagesSource, Recordings};
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::data::{PixelScale, Preprocessing};
use pathscope_core::files::checkpoint::sha256;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The requested images, and the preparation settings that replace those of the run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    pub images: Option<&'a Path>,
    pub data: Option<&'a Path>,
    pub split: EvaluatedPart,
    pub split_seed: Option<u64>,
    pub crop: Option<usize>,
    pub downsample: Option<usize>,
    pub images_scale: Option<PixelScale>,
}

/// Images as input to a network.
pub(crate) struct Images {
    /// \[number, channels, height, width\]
    pub pixels: Array4<f32>,
    /// The divisor of the pixels.
    pub scale: PixelScale,
    preprocessing: Option<Preprocessing>,
    from: From,
}

/// The source of images.
enum From {
    File(PathBuf, String),
    Dataset(Box<Taken>),
}

/// The images of a data set.
struct Taken {
    data: SplitData,
    part: EvaluatedPart,
    images: Vec<usize>,
}

impl Images {
    /// Opens the requested images, or those of the data set that a run was trained on.
    pub(crate) fn open(wanted: &Wanted<'_>, file: &ModelFile, printer: &Printer) -> Result<Self> {
        let mut settings = file.settings.clone().unwrap_or_default();
        let scale = wanted.images_scale.unwrap_or(settings.images_scale);
        settings.images_scale = scale;
        settings.crop = wanted.crop.unwrap_or(settings.crop);
        settings.downsample = wanted.downsample.unwrap_or(settings.downsample);
        settings.split_seed = wanted.split_seed.unwrap_or(settings.split_seed);
        if let Some(path) = wanted.images {
            let (mut pixels, found) = read_images(path, scale)?;
            let prepared = file.settings.is_some() || wanted.crop.is_some() || wanted.downsample.is_some();
            let preprocessing = prepared.then(|| settings.preprocessing());
            if let Some(preprocessing) = &preprocessing {
                pixels = preprocessing.prepare_images(pixels.view(), path)?;
            }
            if let (Some(doubt), true) = (found.doubt(), scale == PixelScale::Auto) {
                printer.warning(format_args!("{}: {doubt}", path.display()));
            }
            let from = From::File(path.to_owned(), sha256(path)?);
            return Self { pixels, scale, preprocessing, from }.not_empty(path);
        }
        if let Some(data) = wanted.data {
            settings.data = data.to_owned();
        }
        if settings.data.as_os_str().is_empty() {
            return Err(usage_error("contributions need images: give --images or --data"));
        }
        let data = settings.open_data()?;
        data.dataset.warnings.iter().for_each(|warning| printer.warning(warning));
        let part = wanted.split;
        let images = data.images_of(part);
        let pixels = data.prepared.images.select(Axis(0), &images);
        let preprocessing = Some(settings.preprocessing());
        let folder = settings.data.clone();
        let from = From::Dataset(Box::new(Taken { data, part, images }));
        Self { pixels, scale, preprocessing, from }.not_empty(&folder)
    }

    fn not_empty(self, from: &Path) -> Result<Self> {
        if self.pixels.is_empty() {
            anyhow::bail!("{}: there are no images in this file", from.display());
        }
        Ok(self)
    }

    /// Prepares another image in the same way.
    pub(crate) fn prepared_alike(&self, image: Array3<f32>, file: &Path) -> Result<Array3<f32>> {
        match &self.preprocessing {
            None => Ok(image),
            Some(preprocessing) => {
                let images = image.insert_axis(Axis(0));
                Ok(preprocessing.prepare_images(images.view(), file)?.index_axis_move(Axis(0), 0))
            }
        }
    }

    /// Returns the recordings, if there are as many neurons as the network has units.
    pub(crate) fn recordings(&self, units: usize, printer: &Printer) -> Result<Option<Recordings>> {
        let From::Dataset(taken) = &self.from else { return Ok(None) };
        let neurons = taken.data.dataset.responses.len_of(Axis(2));
        if neurons != units {
            printer.note(format_args!(
                "the data set has {neurons} neurons and the network {units} units, so its recordings are ignored"
            ));
            return Ok(None);
        }
        Ok(Some(taken.data.dataset.scored_responses(&taken.images).into()))
    }

    /// Returns the description of the images that goes with the results.
    pub(crate) fn source(&self) -> ImagesSource {
        match &self.from {
            From::File(path, sha256) => ImagesSource {
                path: path.display().to_string(),
                sha256: BTreeMap::from([(file_name(path), sha256.clone())]),
                dataset: None,
            },
            From::Dataset(taken) => {
                let Taken { data, part, .. } = taken.as_ref();
                ImagesSource::of_dataset(data, *part)
            }
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
