//! The network as a readable Python module.
//!
//! `model.py` beside this file is an example module that can be run and linted as it stands. The data of the
//! network replace the example's data at marked places. Layers have pathscope's names: the layer `lateral` of
//! the group `conv[2]` has the weights `conv[2].lateral.weight`. PyTorch's state dict and pathscope's
//! checkpoint therefore use the same names for tensors.

mod data;
mod template;

use pathscope_core::network::{Structure, WholeNetwork};
use template::{Edit, Template};

/// The example module, which contains both kinds of network.
const TEMPLATE: Template = Template(include_str!("model.py"));

/// Returns the text of a Python module that computes the network in PyTorch, from the weights in a file
/// [`WEIGHTS`](super::WEIGHTS) beside it.
///
/// # Examples
///
/// ```
/// use pathscope::export::python_module;
/// use pathscope_core::network::WholeNetwork;
///
/// let file = "fixtures/reference/multipath-1block-t5-late-avg-removed-1-2/best.pth";
/// let network = WholeNetwork::open(std::path::Path::new(file), None, &Default::default())?;
/// // Paths of length 3 at iterations 3, 4 and 5, of length 4 at 4 and 5, of length 5 at 5.
/// assert!(python_module(&network).contains("6 paths"));
/// # Ok::<(), pathscope_core::network::NetworkError>(())
/// ```
pub fn python_module(network: &WholeNetwork) -> String {
    let of_paths = matches!(network.plan.structure, Structure::MultiPath(_));
    TEMPLATE.fill(|place| match place {
        "about" => Edit::Replace(data::about(network)),
        "network" => Edit::Replace(data::network(network)),
        "recurrent" if of_paths => Edit::Remove,
        "multi-path" if !of_paths => Edit::Remove,
        _ => Edit::Keep,
    })
}
