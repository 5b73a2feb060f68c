//! Statistics over models.

mod mean;

pub use mean::Mean;
