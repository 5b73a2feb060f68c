//! Amounts of training data.

use super::row::ResultRow;
use std::fmt;

/// The amount of training data that a model was trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount {
    /// Fraction of the training images, from 0 to 1.
    pub fraction: f64,
    /// The number of images, if known for any model.
    pub images: Option<usize>,
}

/// Formats as `50 % (700)`, without the number of images if it is unknown.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = format!("{:.2}", self.fraction * 100.0);
        write!(f, "{} %", percent.trim_end_matches('0').trim_end_matches('.'))?;
        self.images.map_or(Ok(()), |images| write!(f, " ({images})"))
    }
}

/// Returns the amounts of training data in some rows, the largest first.
pub fn amounts<'a>(rows: impl Iterator<Item = &'a ResultRow>) -> Vec<Amount> {
    let mut amounts: Vec<Amount> = Vec::new();
    for row in rows {
        match amounts.iter_mut().find(|amount| amount.fraction == row.train_fraction) {
            Some(amount) => amount.images = amount.images.max(row.train_images),
            None => amounts.push(Amount { fraction: row.train_fraction, images: row.train_images }),
        }
    }
    amounts.sort_by(|a, b| b.fraction.total_cmp(&a.fraction));
    amounts
}
