//! Reparametrizations by hooks, which name parts after the kernel with a suffix.

use super::{Reparametrization, Tensors, is_magnitude_of, spectral_dimensions};

/// Finds kernels whose parts end in `_orig`, `_mask`, `_g`, `_u` and `_v`.
///
/// Pruning comes first because a pruned tensor can itself be a part of the others.
pub(super) fn find(tensors: &mut Tensors) {
    for kernel in before(tensors, "_orig") {
        prune(tensors, &kernel);
    }
    for kernel in before(tensors, "_g") {
        normalize(tensors, &kernel);
    }
    for kernel in before(tensors, "_orig") {
        normalize_spectrally(tensors, &kernel);
    }
    for kernel in before(tensors, "_v") {
        direction_alone(tensors, &kernel);
    }
}

/// Returns the names with this suffix, without it, unless a tensor has the shorter name itself.
fn before(tensors: &Tensors, ending: &str) -> Vec<String> {
    let names = tensors.given.keys().filter_map(|name| name.strip_suffix(ending));
    names.filter(|kernel| !tensors.given.contains_key(*kernel)).map(str::to_owned).collect()
}

fn shape<'a>(tensors: &'a Tensors, name: &str) -> Option<&'a [usize]> {
    tensors.given.get(name).map(|info| info.shape.as_slice())
}

/// Returns whether a name is used by PyTorch's layers, so that its suffix is not a coincidence.
fn is_weight(kernel: &str) -> bool {
    let last = kernel.rsplit('.').next().unwrap_or(kernel);
    last == "weight" || last.starts_with("weight_ih_l") || last.starts_with("weight_hh_l")
}

fn prune(tensors: &mut Tensors, kernel: &str) {
    let [original, mask] = ["_orig", "_mask"].map(|ending| format!("{kernel}{ending}"));
    let Some(mask_shape) = shape(tensors, &mask) else { return };
    if shape(tensors, &original) == Some(mask_shape) {
        tensors.replace(kernel, Reparametrization::Pruning, &[&original, &mask], &original);
    } else if is_weight(kernel) {
        tensors.refuse(
            kernel,
            &[&original, &mask],
            "pruned, but its mask has another shape than its original",
        );
    }
}

fn normalize(tensors: &mut Tensors, kernel: &str) {
    let [g, v] = ["_g", "_v"].map(|ending| format!("{kernel}{ending}"));
    match (shape(tensors, &g), shape(tensors, &v)) {
        (Some(magnitude), Some(direction)) if is_magnitude_of(magnitude, direction) => {
            tensors.replace(kernel, Reparametrization::WeightNormalization, &[&g, &v], &v);
        }
        (Some(_), Some(_)) if is_weight(kernel) => {
            let reason = "weight-normalized, but the shapes of its parts do not fit each other";
            tensors.refuse(kernel, &[&g, &v], reason);
        }
        // The magnitude alone has the strength of the kernel, so it can be used as a tensor.
        (Some(_), None) if is_weight(kernel) => {
            let reason = format!("weight-normalized, and its direction {v} is missing");
            tensors.refuse(kernel, &[], &reason);
        }
        _ => {}
    }
}

fn normalize_spectrally(tensors: &mut Tensors, kernel: &str) {
    let [original, u, v] = ["_orig", "_u", "_v"].map(|ending| format!("{kernel}{ending}"));
    let Some(shape_of_original) = shape(tensors, &original) else { return };
    let reason = match (shape(tensors, &u), shape(tensors, &v)) {
        (Some(left), Some(right)) if !spectral_dimensions(shape_of_original, left, right).is_empty() => {
            let kind = Reparametrization::SpectralNormalization;
            return tensors.replace(kernel, kind, &[&original, &u, &v], &original);
        }
        (Some(_), Some(_)) => {
            "spectrally normalized, but the lengths of its singular vectors do not fit its original"
                .to_owned()
        }
        (Some(_), None) => format!("spectrally normalized, and its singular vector {v} is missing"),
        (None, Some(_)) => format!("spectrally normalized, and its singular vector {u} is missing"),
        (None, None) => format!(
            "pruned or spectrally normalized, and {kernel}_mask, or {u} and {v}, are missing beside {original}"
        ),
    };
    if is_weight(kernel) {
        tensors.refuse(kernel, &[&original, &u, &v], &reason);
    }
}

/// Refuses a lone direction, which does not determine the strength of the kernel.
fn direction_alone(tensors: &mut Tensors, kernel: &str) {
    let v = format!("{kernel}_v");
    if is_weight(kernel) && shape(tensors, &v).is_some_and(|shape| shape.len() >= 2) {
        let reason = format!("weight-normalized, and its magnitude {kernel}_g is missing");
        tensors.refuse(kernel, &[&v], &reason);
    }
}
