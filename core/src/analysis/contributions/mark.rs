//! The marks by which the parts of a network's output are grouped.

use crate::files::text::counted;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The property that the parts of a network's output are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "name", rename_all = "kebab-case")]
pub enum Mark {
    /// The length of a path, in convolutions.
    Length,
    /// The number of times a path uses the components of a block.
    Block(String),
    /// The number of times a path uses a connection.
    Connection(String),
    /// The iteration at which a path enters.
    Iteration,
    /// The single path, by its rank.
    Path,
}

impl Mark {
    /// Returns the header of the column of marks in a table.
    pub fn head(&self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Block(_) | Self::Connection(_) => "uses",
            Self::Iteration => "iteration",
            Self::Path => "path",
        }
    }

    /// Returns the name of a part: `length 3`, `2 uses of conv[2].lateral`.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::contributions::Mark;
    ///
    /// assert_eq!(Mark::Length.named(3), "length 3");
    /// assert_eq!(Mark::Connection("conv[2].lateral".to_owned()).named(1), "1 use of conv[2].lateral");
    /// ```
    pub fn named(&self, mark: usize) -> String {
        match self {
            Self::Block(name) | Self::Connection(name) => {
                format!("{} of {name}", counted(mark, "use"))
            }
            _ => format!("{} {mark}", self.head()),
        }
    }

    /// Returns the name of the weighted mean of the marks; `None` where marks are only ranks.
    pub fn average_name(&self) -> Option<String> {
        match self {
            Self::Length => Some("average path length".to_owned()),
            Self::Block(name) | Self::Connection(name) => Some(format!("average uses of {name}")),
            Self::Iteration => Some("average iteration of entry".to_owned()),
            Self::Path => None,
        }
    }
}

/// Writes the grouping as it follows "by": `length`, `uses of conv[2].lateral`.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(name) | Self::Connection(name) => write!(f, "uses of {name}"),
            Self::Iteration => f.write_str("iteration of entry"),
            Self::Length | Self::Path => f.write_str(self.head()),
        }
    }
}
