//! Figures of studies.
