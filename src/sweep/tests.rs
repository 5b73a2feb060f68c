//! Sweeps whose trainings are done by a stand-in.
