//! The arguments of convolutions in programs.

use super::Convolution;
use crate::program::kernels::table::{Kernel, Row};
use crate::program::kernels::{Call, Content, Reason, Tensor};
use crate::program::{Argument, Element, Extent, Operation, ValueId};
use Kernel::Computed;

const NAMES: [&str; 9] = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolution",
    "_convolution",
    "mkldnn_convolution",
];

/// Returns the kernels of convolutions.
pub(in crate::program::kernels) fn table<T: Element>() -> Vec<Row<T>> {
    NAMES.map(|name| (name, Computed(convolution))).into()
}

/// Returns the kernel of a convolution that is not transposed and has one group.
pub(in crate::program) fn narrowing_kernel(operation: &Operation) -> Option<ValueId> {
    let name = operation.target.strip_prefix("aten.")?.split('.').next()?;
    let is_plain = NAMES.contains(&name)
        && !name.starts_with("conv_transpose")
        && matches!(operation.argument("transposed"), Argument::None | Argument::Bool(Some(false)))
        && matches!(operation.argument("groups"), Argument::None | Argument::Int(Extent::Known(1)));
    operation.tensor("weight").filter(|_| is_plain)
}

fn convolution<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let Arguments { input, kernel, bias, convolution } = Arguments::of(call)?;
    let mut outputs = convolution.forward_with_biases(&[input], &kernel, &[bias])?;
    outputs.pop().map(Content::Array).ok_or_else(|| Reason::argument("input", "a tensor"))
}

/// The arguments of a call of a convolution.
#[derive(Clone, Debug)]
pub(in crate::program) struct Arguments<T> {
    /// The input of the convolution.
    pub(in crate::program) input: Tensor<T>,
    /// The kernel.
    pub(in crate::program) kernel: Tensor<T>,
    /// A number for each output channel.
    pub(in crate::program) bias: Option<Tensor<T>>,
    /// The strides, paddings, dilations and groups.
    pub(in crate::program) convolution: Convolution,
}

impl<T: Element> Arguments<T> {
    /// Reads the arguments of a call.
    ///
    /// # Errors
    ///
    /// Fails if an argument is unknown or invalid, or the call exceeds its limits.
    pub(in crate::program) fn of(call: &Call<T>) -> Result<Self, Reason> {
        let (input, kernel) = (call.tensor("input")?, call.tensor("weight")?);
        let convolution = Convolution::of(call)?;
        let shape = convolution.output_shape(input.shape(), kernel.shape())?;
        call.limits.elements(&shape)?;
        let inner = kernel.shape()[usize::from(!convolution.transposed)..].iter().copied();
        call.limits.products(shape.into_iter().chain(inner))?;
        let bias = call.optional_tensor("bias")?;
        Ok(Self { input, kernel, bias, convolution })
    }
}

impl Convolution {
    /// Reads the arguments of a call of a convolution.
    ///
    /// # Errors
    ///
    /// Fails if an argument is unknown or invalid.
    pub(in crate::program) fn of<T: Element>(call: &Call<T>) -> Result<Self, Reason> {
        let axes = call.tensor("weight")?.ndim().saturating_sub(2);
        let transposed =
            call.operation.target.contains("conv_transpose") || call.flag("transposed", false)?;
        let dilation = for_each_axis(call, "dilation", 1, axes)?;
        let padding = match call.operation.argument("padding") {
            Argument::Text(text) => named_padding(call, text, &dilation)?,
            _ => for_each_axis(call, "padding", 0, axes)?.into_iter().map(|padding| [padding; 2]).collect(),
        };
        Ok(Self {
            stride: for_each_axis(call, "stride", 1, axes)?,
            padding,
            dilation,
            groups: call.count("groups", Some(1))?,
            transposed,
            output_padding: for_each_axis(call, "output_padding", 0, axes)?,
        })
    }
}

/// Returns the zeros before and after each axis for the padding with the given name.
fn named_padding<T: Element>(
    call: &Call<T>,
    name: &str,
    dilation: &[usize],
) -> Result<Vec<[usize; 2]>, Reason> {
    match name {
        "valid" => Ok(vec![[0; 2]; dilation.len()]),
        "same" => {
            let kernel = call.tensor("weight")?;
            let reaches = kernel.shape()[2..].iter().zip(dilation).map(|(&places, &dilation)| {
                let reach = places.saturating_sub(1).checked_mul(dilation);
                reach.map(|reach| [reach / 2, reach - reach / 2])
            });
            reaches.collect::<Option<_>>().ok_or_else(|| Reason::argument("dilation", "small enough"))
        }
        _ => Err(Reason::argument("padding", "numbers, \"same\" or \"valid\"")),
    }
}

/// Returns a number for each axis of an image; a single argument applies to all axes.
fn for_each_axis<T: Element>(
    call: &Call<T>,
    name: &str,
    default: i64,
    axes: usize,
) -> Result<Vec<usize>, Reason> {
    let numbers = call.ints(name, &[default])?;
    let numbers: Result<Vec<usize>, _> = numbers.into_iter().map(usize::try_from).collect();
    let numbers = numbers.map_err(|_| Reason::argument(name, "a list of counts"))?;
    match numbers.len() {
        1 => Ok(vec![numbers[0]; axes]),
        given if given == axes => Ok(numbers),
        _ => Err(Reason::argument(name, "a number for each axis of the image")),
    }
}
