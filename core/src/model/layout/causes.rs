//! Guesses about kernels whose channels do not fit.

use crate::circuit::Connection;
use std::fmt;

/// The number of gates whose kernels a gated cell stacks, and the name of such a cell.
const GATES: [(usize, &str); 2] = [(4, "an LSTM"), (3, "a GRU")];

/// Parts of the names of gated cells' modules, and of their convolutions of inputs and states.
const CELLS: [&str; 2] = ["lstm", "gru"];
const OF_CELLS: [&str; 11] = ["cell", "x2h", "h2h", "i2h", "xh", "hh", "ih", "wx", "wh", "wxh", "whh"];

/// The largest kernel side. Anything larger is taken for a number of channels.
const LARGEST_KERNEL: usize = 11;

/// The changes that would make a kernel fit, each with what to do.
pub(super) struct Causes(Vec<String>);

impl Causes {
    /// Collects the changes that would make a kernel fit.
    ///
    /// # Arguments
    ///
    /// * `shape` - the shape of the kernel
    /// * `connection` - the connection that uses it
    /// * `input` - the channels of its source block, if known
    /// * `output` - the channels of its target block, if other kernels determine them
    pub(super) fn of(
        shape: &[usize],
        connection: &Connection,
        input: Option<usize>,
        output: Option<usize>,
    ) -> Self {
        let mut causes = Vec::new();
        let fits = |connection: &Connection| {
            shape[0].is_multiple_of(connection.groups)
                && connection.channels_of(shape).is_some_and(|channels| {
                    input.is_none_or(|input| input == channels.input)
                        && output.is_none_or(|output| output == channels.output)
                })
        };
        let swapped = Connection { transposed: !connection.transposed, ..connection.clone() };
        if fits(&swapped) {
            causes.push(if swapped.transposed {
                "a transposed convolution, [input, output, …kernel]: set `transposed = true` on its connection"
                    .to_owned()
            } else {
                "an ordinary convolution: leave `transposed` out".to_owned()
            });
        }
        // With that many groups, each would have all the channels.
        let whole = if connection.transposed { output } else { input };
        if let Some(groups) =
            whole.filter(|whole| whole.is_multiple_of(shape[1])).map(|whole| whole / shape[1])
        {
            let grouped = Connection { groups, ..connection.clone() };
            if groups != connection.groups && fits(&grouped) {
                causes.push(if groups == 1 {
                    "a convolution without groups: leave `groups` out".to_owned()
                } else {
                    format!("a grouped convolution: set `groups = {groups}` on its connection")
                });
            }
        }
        if let Some((gates, cell)) = stacked_gates(shape, connection, input, output) {
            causes.push(format!(
                "stacked gates ({cell} keeps the {gates} kernels of its gates in one): save each gate's kernel under a name of its own"
            ));
        }
        if let [height, width, from, to] = *shape
            && height == width
            && height <= LARGEST_KERNEL
            && input.is_none_or(|input| input == from)
            && output.is_none_or(|output| output == to)
            && (input.is_some() || output.is_some())
        {
            causes.push(
                "in the order of Keras, [height, width, input, output]: save its transpose (3, 2, 0, 1)"
                    .to_owned(),
            );
        }
        Self(causes)
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ". It may be {}", self.0.join("; or ")) }
    }
}

/// Returns the number of gates whose output channels are stacked, in this kernel, its source or its
/// neighbour, and the cell.
fn stacked_gates(
    shape: &[usize],
    connection: &Connection,
    input: Option<usize>,
    output: Option<usize>,
) -> Option<(usize, &'static str)> {
    GATES.into_iter().find(|&(gates, _)| {
        let several = |larger: usize, smaller: usize| smaller.checked_mul(gates) == Some(larger);
        let behind = input.is_some_and(|input| several(input, shape[1]));
        let own = output.is_some_and(|output| several(shape[0], output) || several(output, shape[0]));
        let recurrent = connection.from == connection.to && several(shape[0], shape[1]);
        behind || own || recurrent
    })
}

/// Returns a description of a gated cell's kernel: either several stacked gates, or one gate that sees input
/// and state side by side.
///
/// # Arguments
///
/// * `all` - the shapes of the network's kernels
pub(super) fn gates_of_cell(name: &str, shape: &[usize], all: &[&[usize]]) -> Option<&'static str> {
    let name = name.to_lowercase();
    let mut words = name.split(|character: char| !character.is_ascii_alphanumeric());
    let named = words.any(|word| {
        CELLS.iter().any(|cell| word.contains(cell)) || OF_CELLS.contains(&word) || word.starts_with("gate")
    });
    let leads_here = |channels: usize| all.iter().any(|other| other[0] == channels);
    let sees_both =
        |state: usize| shape[1].checked_sub(state).is_some_and(leads_here) && !leads_here(shape[1]);
    let stacked = GATES.into_iter().any(|(gates, _)| {
        let state = shape[0] / gates;
        // The kernel of the state, which is this one or its counterpart for the input, determines the number
        // of channels.
        let of_state = || all.iter().any(|other| other[0] == shape[0] && other[1] == state);
        shape[0].is_multiple_of(gates) && (sees_both(state) || named && of_state())
    });
    if stacked {
        return Some(
            "as the stacked gates of a cell (an LSTM keeps 4 kernels in one, a GRU 3): save that of each gate under a name of its own",
        );
    }
    (named && sees_both(shape[0])).then_some(
        "as a gate that sees input and state side by side: save the kernel of each under a name of its own",
    )
}

/// Returns whether all kernels look like [height, width, input channels, output channels].
pub(super) fn keras_order<'a>(mut shapes: impl Iterator<Item = &'a [usize]>) -> bool {
    let mut any = false;
    let alike = shapes.all(|shape| {
        any = true;
        matches!(*shape, [height, width, _, output] if height == width && height <= LARGEST_KERNEL && output > height)
    });
    any && alike
}
