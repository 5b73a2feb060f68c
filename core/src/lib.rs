//! Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
//! hidden in it, after Zhang et al., *Recurrent circuits as multi-path ensembles for modeling
//! responses of early visual cortical neurons*.

pub mod analysis;
pub mod circuit;
pub mod data;
pub mod files;
pub mod graph;
pub mod model;
pub mod network;
pub mod paths;
pub mod program;
pub mod statistics;
