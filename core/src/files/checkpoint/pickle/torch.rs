//! The calls in PyTorch's pickles that are known by name. They are never executed; only their results are
//! described.

use super::{Id, Node, Object, Pickle, PickleError, Result, Storage, Tensor, UNKNOWN};
use crate::files::checkpoint::ElementType;

/// The most dimensions of a tensor, which is PyTorch's own limit.
const MAX_DIMENSIONS: usize = 64;

/// Returns the result of a call.
pub(super) fn call(pickle: &mut Pickle<'_>, callable: Id, arguments: &[Id]) -> Result<Id> {
    let (module, name) = match pickle.node(callable) {
        Node::Global(module, name) => (*module, *name),
        _ => (&b""[..], &b""[..]),
    };
    let argument = |index: usize| arguments.get(index).copied().unwrap_or(Id::NONE);
    match (module, name) {
        (b"torch._utils", b"_rebuild_tensor" | b"_rebuild_tensor_v2") => {
            let negated = pickle.entry(argument(6), "neg").and_then(|id| pickle.truth(id)) == Some(true);
            tensor(pickle, arguments, None, negated)
        }
        (b"torch._utils", b"_rebuild_tensor_v3") => {
            let element_type = Some(named_type(pickle, argument(6)));
            tensor(pickle, arguments, element_type, false)
        }
        (
            b"torch._utils",
            b"_rebuild_parameter"
            | b"_rebuild_parameter_with_state"
            | b"_rebuild_device_tensor_from_cpu_tensor",
        ) => Ok(argument(0)),
        // A tensor of a subclass: a function that makes the tensor, its class, and the arguments of the
        // function.
        (b"torch._tensor", b"_rebuild_from_type" | b"_rebuild_from_type_v2") => {
            let inner = pickle.sequence(argument(2)).map(<[Id]>::to_vec).unwrap_or_default();
            match pickle.node(argument(0)) {
                // PyTorch nests no deeper.
                Node::Global(b"torch._tensor", _) => object(pickle, &[]),
                _ => call(pickle, argument(0), &inner),
            }
        }
        (b"torch._utils", b"_rebuild_qtensor") => other(pickle, "quantized", argument(2)),
        (b"torch._utils", b"_rebuild_sparse_tensor") => {
            let size = pickle.sequence(argument(1)).and_then(|data| data.get(2)).copied().unwrap_or(Id::NONE);
            other(pickle, "sparse", size)
        }
        (b"torch._utils", b"_rebuild_sparse_csr_tensor") => {
            let size = pickle.sequence(argument(1)).and_then(|data| data.get(3)).copied().unwrap_or(Id::NONE);
            other(pickle, "sparse", size)
        }
        (b"torch._utils", b"_rebuild_nested_tensor") => other(pickle, "nested", Id::NONE),
        (b"torch._utils", b"_rebuild_meta_tensor_no_storage") => {
            other(pickle, "without numbers (meta)", argument(1))
        }
        (b"torch._utils", _) if name.starts_with(b"_rebuild") => other(pickle, "unknown", Id::NONE),
        (b"torch.storage", b"_load_from_bytes") => Err(PickleError::Unsupported(
            "tensors that were saved with Python's pickle and not with torch.save".to_owned(),
            "load it in Python and save the weights with torch.save(model.state_dict(), 'weights.pt')"
                .to_owned(),
        )),
        (b"collections", b"OrderedDict") => pickle.add(Node::Dictionary(Vec::new())),
        (b"torch", b"Size") | (b"builtins" | b"__builtin__", b"set" | b"frozenset" | b"list" | b"tuple") => {
            match pickle.sequence(argument(0)) {
                Some(_) => Ok(argument(0)),
                None => pickle.add(Node::Sequence(Vec::new())),
            }
        }
        _ => object(pickle, arguments),
    }
}

/// Returns the result of an unknown call. A wrapper of a module, such as that of `torch.compile`, is read as
/// the module.
fn object(pickle: &mut Pickle<'_>, arguments: &[Id]) -> Result<Id> {
    if let Some(&module) = arguments.first().filter(|&&argument| pickle.is_module(argument)) {
        return Ok(module);
    }
    pickle.add(Node::Object(Box::<Object>::default()))
}

/// Adds a tensor whose elements are not stored contiguously.
fn other(pickle: &mut Pickle<'_>, what: &'static str, shape: Id) -> Result<Id> {
    let shape = sizes(pickle, shape).unwrap_or_default();
    let element_type = ElementType::Other(what);
    pickle.add(Node::Tensor(Box::new(Tensor {
        storage: None,
        element_type,
        strides: vec![0; shape.len()],
        shape,
        offset: 0,
    })))
}

/// Adds a tensor that is a view of a storage.
fn tensor(
    pickle: &mut Pickle<'_>,
    arguments: &[Id],
    element_type: Option<ElementType>,
    negated: bool,
) -> Result<Id> {
    let malformed = || PickleError::damaged("pickle: a tensor with unknown fields");
    let &[storage, offset, shape, strides, ..] = arguments else { return Err(malformed()) };
    // An opaque object in place of a storage is a storage of another device.
    let storage: Storage = match pickle.node(storage) {
        Node::Storage(storage) => (**storage).clone(),
        _ => return other(pickle, "unknown", shape),
    };
    let offset =
        pickle.number(offset).and_then(|offset| usize::try_from(offset).ok()).ok_or_else(malformed)?;
    let (shape, strides) =
        (sizes(pickle, shape).ok_or_else(malformed)?, sizes(pickle, strides).ok_or_else(malformed)?);
    if shape.len() != strides.len() || shape.len() > MAX_DIMENSIONS {
        return Err(malformed());
    }
    // Checked once here, because the product is needed in many places.
    let elements = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    elements.and_then(|elements| elements.checked_mul(16)).ok_or_else(malformed)?;
    let element_type = match element_type.or(storage.element_type) {
        Some(_) if negated => ElementType::Other("a negated view"),
        Some(element_type) => element_type,
        None => UNKNOWN,
    };
    let tensor = Tensor { storage: Some(storage), element_type, shape, strides, offset };
    pickle.add(Node::Tensor(Box::new(tensor)))
}

fn sizes(pickle: &Pickle<'_>, id: Id) -> Option<Vec<usize>> {
    let items = pickle.sequence(id)?.iter();
    items.map(|&item| usize::try_from(pickle.number(item)?).ok()).collect()
}

/// Returns the type named by `torch.float8_e4m3fn` and the like.
fn named_type(pickle: &Pickle<'_>, id: Id) -> ElementType {
    let Node::Global(_, name) = pickle.node(id) else { return UNKNOWN };
    let name = std::str::from_utf8(name).unwrap_or_default();
    ElementType::of_name(name).unwrap_or(UNKNOWN)
}
