//! The order of the images in training.

use pathscope_core::statistics::{generator, shuffle};

/// The first random stream of the seed that initial weights do not use.
const FIRST_STREAM: u64 = 1 << 32;

/// The minibatches of a run. Every epoch has a new order, and an incomplete last batch is dropped. The batch
/// of any step follows from the seed alone, so that a run can be resumed anywhere.
#[derive(Clone, Debug)]
pub struct Batches {
    images: usize,
    batch: usize,
    seed: u64,
    epoch: Option<u64>,
    order: Vec<i64>,
}

impl Batches {
    /// Returns batches of `batch` images out of `images`, or of all images if there are fewer.
    pub fn new(images: usize, batch: usize, seed: u64) -> Self {
        Self { images, batch: batch.min(images), seed, epoch: None, order: Vec::new() }
    }

    /// Returns the number of images in a batch.
    pub fn size(&self) -> usize {
        self.batch
    }

    /// Returns the images of a step (from 0).
    pub fn of_step(&mut self, step: usize) -> &[i64] {
        let steps_of_epoch = (self.images / self.batch).max(1);
        let epoch = (step / steps_of_epoch) as u64;
        if self.epoch != Some(epoch) {
            let mut random = generator(self.seed);
            random.set_stream(FIRST_STREAM + epoch);
            self.order = (0..self.images as i64).collect();
            shuffle(&mut self.order, &mut random);
            self.epoch = Some(epoch);
        }
        let start = (step % steps_of_epoch) * self.batch;
        &self.order[start..start + self.batch]
    }
}

#[cfg(test)]
mod tests {
    use super::Batches;
    use std::collections::BTreeSet;

    #[test]
    fn an_epoch_sees_no_image_twice_and_the_next_another_order() {
        let mut batches = Batches::new(10, 4, 7);
        let steps: Vec<Vec<i64>> = (0..4).map(|step| batches.of_step(step).to_vec()).collect();
        let first: BTreeSet<i64> = steps[..2].concat().into_iter().collect();
        assert_eq!(first.len(), 8);
        assert_ne!(steps[..2], steps[2..]);
        assert_eq!(Batches::new(10, 4, 7).of_step(3), steps[3]);
        assert_ne!(Batches::new(10, 4, 8).of_step(3), steps[3]);
    }

    #[test]
    fn fewer_images_than_a_batch_are_one_batch() {
        let mut batches = Batches::new(3, 256, 0);
        assert_eq!(batches.of_step(5).len(), 3);
    }
}
