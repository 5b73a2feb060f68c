//! The figures of the paper that are diagrams of one network, for `pathscope figure`.

use super::arguments::CheckpointArgs;
use anyhow::{Result, bail};
use pathscope::checkpoint::Checkpoint;
use pathscope::circuit::Readout;
use pathscope::ensemble::Ensemble;
use pathscope::figures::study::FigureNumber;
use pathscope::figures::{self, Sheet};
use pathscope::layout;
use pathscope::output::Printer;
use pathscope::strength::{BatchNormStrength, ConvolutionStrength};
use std::path::Path;

/// Draws figure 1, 2, 5 or 8 of a network.
pub fn draw(
    number: FigureNumber,
    checkpoint_args: &CheckpointArgs,
    path: &Path,
    sheet: Sheet,
    printer: &Printer,
) -> Result<String> {
    let checkpoint = Checkpoint::open(path, checkpoint_args.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &checkpoint_args.given())?;
    let circuit = &model.circuit;
    Ok(match number.figure() {
        1 => figures::network_diagram(&model, &model.tensor_uses(&checkpoint), sheet)?,
        2 => figures::readout_modes(circuit.iterations, circuit.readout, sheet)?,
        5 => {
            let strengths =
                model.strengths(&checkpoint, ConvolutionStrength::default(), BatchNormStrength::default())?;
            let readout = circuit.readout.unwrap_or(Readout::LateAvg);
            if circuit.readout.is_none() {
                printer.warning(format_args!(
                    "{} names no readout mode, so {readout} is drawn: choose one with --readout",
                    path.display()
                ));
            }
            let ensembles = Ensemble::of_readouts(&model.unrolled, &strengths, &[readout]);
            figures::path_lengths(circuit, &model.unrolled, &strengths, &ensembles[0], sheet)?
        }
        8 => figures::information_flow(circuit, &model.unrolled, sheet)?,
        _ => bail!("figure {number} is drawn from the results of a study: give them with --results"),
    })
}
