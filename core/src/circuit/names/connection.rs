//! Names of connections.

use super::{LayerName, ParseNameError};
use crate::circuit::{Connection, Operation, Role};
use std::fmt;
use std::str::FromStr;

/// The name of a connection, which is also that of its convolution or identity.
///
/// Top-down and skip connections name their source, as in `conv[2].top_down[3]`. A delay other than the
/// default (0 for bottom-up and skip, 1 for lateral and top-down) is appended as `@delay`. Connections
/// that still have the same name are numbered `#2`, `#3` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName {
    /// Whether the connection has no convolution.
    pub is_identity: bool,
    /// The number of the block whose output it carries.
    pub from: usize,
    /// The number of the block it ends at.
    pub to: usize,
    /// The number of iterations after which it arrives.
    pub delay: usize,
    /// Its place, from 1, among connections that are alike in everything else.
    pub number: usize,
}

impl ConnectionName {
    /// Returns the name of a connection that is the only one of its kind.
    pub(in crate::circuit) fn new(connection: &Connection) -> Self {
        let Connection { from, to, delay, operation, .. } = *connection;
        Self { is_identity: operation == Operation::Identity, from, to, delay, number: 1 }
    }

    /// Returns the layer that convolves what the connection carries at an iteration; `None` for an identity.
    pub fn convolution(self, operation: Operation, iteration: usize) -> Option<LayerName> {
        let iteration = match operation {
            Operation::Identity => return None,
            Operation::Convolution => None,
            Operation::ConvolutionPerIteration => Some(iteration),
        };
        Some(LayerName::Connection { connection: self, iteration })
    }

    /// Returns the name of a block's convolution of what comes from below.
    pub fn bottom_up(block: usize) -> Self {
        Self { is_identity: false, from: block - 1, to: block, delay: 0, number: 1 }
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_identity, from, to, delay, number } = *self;
        let role = Role::between(from, to);
        let kind = if is_identity { "identity" } else { "conv" };
        write!(f, "{kind}[{to}].{}", role.as_str().replace('-', "_"))?;
        if matches!(role, Role::TopDown | Role::Skip) {
            write!(f, "[{from}]")?;
        }
        if delay != role.usual_delay() {
            write!(f, "@{delay}")?;
        }
        if number != 1 {
            write!(f, "#{number}")?;
        }
        Ok(())
    }
}

impl FromStr for ConnectionName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        parse_connection(text)
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| ParseNameError::new(text, "connection", "conv[2].lateral"))
    }
}

/// Parses the name of a connection, also in spellings that are not its own.
pub(super) fn parse_connection(text: &str) -> Option<ConnectionName> {
    let (kind, rest) = text.split_once('[')?;
    let is_identity = match kind {
        "conv" => false,
        "identity" => true,
        _ => return None,
    };
    let (to, rest) = rest.split_once("].")?;
    let to: usize = to.parse().ok()?;
    let (rest, number) = match rest.split_once('#') {
        Some((rest, number)) => (rest, number.parse().ok()?),
        None => (rest, 1),
    };
    let (role, delay) = match rest.split_once('@') {
        Some((role, delay)) => (role, Some(delay.parse().ok()?)),
        None => (rest, None),
    };
    let from = match role.split_once('[') {
        Some((_, from)) => from.strip_suffix(']')?.parse().ok()?,
        None if role == "lateral" => to,
        None => to.checked_sub(1)?,
    };
    let delay = delay.unwrap_or_else(|| Role::between(from, to).usual_delay());
    Some(ConnectionName { is_identity, from, to, delay, number })
}
