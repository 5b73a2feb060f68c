//! Operations that put elements into a new tensor at other places.

use super::call::{Call, array, axis, elements, filled};
use super::elementwise::broadcast;
use super::table::{Kernel, Row};
use super::{Constant, Reason, Tensor, shapes, views};
use Kernel::{Computed, Several};
use ndarray::{Axis, Dimension, Slice};

/// The operations that arrange elements anew.
pub(super) const TABLE: &[Row] = &[
    ("cat", Computed(cat)),
    ("concat", Computed(cat)),
    ("concatenate", Computed(cat)),
    ("stack", Computed(stack)),
    ("repeat", Computed(repeat)),
    ("flip", Computed(flip)),
    ("roll", Computed(roll)),
    ("rot90", Computed(rot90)),
    ("pad", Computed(pad)),
    ("constant_pad_nd", Computed(pad)),
    ("triu", Computed(|call| triangle(call, |above, diagonal| above >= diagonal))),
    ("tril", Computed(|call| triangle(call, |above, diagonal| above <= diagonal))),
    ("diag", Computed(diag)),
    ("diag_embed", Computed(diag)),
    ("meshgrid", Several(meshgrid)),
    ("select_scatter", Computed(select_scatter)),
    ("slice_scatter", Computed(slice_scatter)),
];

/// Returns the arrays of a list of tensors, or the number that they all are uniformly.
fn arrays(call: &Call) -> Result<Result<Vec<Tensor>, f64>, Reason> {
    let contents = call.operands("tensors")?;
    if let Some(&Constant::Uniform(number)) = contents.first()
        && contents.iter().all(|content| *content == Constant::Uniform(number))
    {
        return Ok(Err(number));
    }
    Ok(Ok(call.tensors("tensors")?.into_iter().flatten().collect()))
}

fn cat(call: &Call) -> Result<Constant, Reason> {
    let mut arrays = match arrays(call)? {
        Ok(arrays) => arrays,
        Err(number) => return Ok(Constant::Uniform(number)),
    };
    // PyTorch lets an empty tensor of one axis stand beside tensors of any shape.
    arrays.retain(|array| array.shape() != [0]);
    let along = call.axis("dim", Some(0), arrays.first().map_or(1, |array| array.ndim()))?;
    joined(&arrays, along)
}

fn stack(call: &Call) -> Result<Constant, Reason> {
    let mut arrays = match arrays(call)? {
        Ok(arrays) => arrays,
        Err(number) => return Ok(Constant::Uniform(number)),
    };
    let along = call.axis("dim", Some(0), arrays.first().map_or(0, |array| array.ndim()) + 1)?;
    for array in &mut arrays {
        if along > array.ndim() {
            return Err(Call::refuse("tensors", "a list of tensors of one shape"));
        }
        array.insert_axis_inplace(Axis(along));
    }
    joined(&arrays, along)
}

fn joined(arrays: &[Tensor], along: usize) -> Result<Constant, Reason> {
    let total = arrays.iter().try_fold(0_usize, |sum, array| sum.checked_add(array.len()));
    elements(&[total.ok_or(Reason::Memory)?])?;
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    let joined = ndarray::concatenate(Axis(along), &views);
    let joined = joined.map_err(|_| Call::refuse("tensors", "a list of tensors whose shapes go together"))?;
    Ok(Constant::Array(joined.into_shared()))
}

fn repeat(call: &Call) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    let repeats = call.ints("repeats", &[])?;
    let repeats: Result<Vec<usize>, _> = repeats.into_iter().map(usize::try_from).collect();
    let repeats = repeats.map_err(|_| Call::refuse("repeats", "a list of counts"))?;
    if repeats.len() < array.ndim() {
        return Err(Call::refuse("repeats", "a count for each axis"));
    }
    while array.ndim() < repeats.len() {
        array.insert_axis_inplace(Axis(0));
    }
    let shape: Option<Vec<usize>> =
        array.shape().iter().zip(&repeats).map(|(&extent, &count)| extent.checked_mul(count)).collect();
    let shape = shape.ok_or(Reason::Memory)?;
    elements(&shape)?;
    let repeated = Tensor::from_shape_fn(shape, |index| {
        let place: Vec<usize> =
            index.slice().iter().zip(array.shape()).map(|(&index, &extent)| index % extent).collect();
        array[place.as_slice()]
    });
    Ok(Constant::Array(repeated))
}

fn flip(call: &Call) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    for given in call.ints("dims", &[])? {
        array.invert_axis(Axis(axis("dims", given, array.ndim())?));
    }
    Ok(Constant::Array(array))
}

fn roll(call: &Call) -> Result<Constant, Reason> {
    let array = call.tensor("self")?;
    let (shifts, dims) = (call.ints("shifts", &[])?, call.ints("dims", &[])?);
    if dims.is_empty() && shifts.len() == 1 {
        let flat = rolled(shapes::reshape(&array, &[array.len()])?, 0, shifts[0]);
        return shapes::reshape(&flat, array.shape()).map(Constant::Array);
    }
    if dims.len() != shifts.len() {
        return Err(Call::refuse("shifts", "one number for each axis"));
    }
    let rolled = dims.iter().zip(shifts).try_fold(array, |array, (&given, shift)| {
        let along = axis("dims", given, array.ndim())?;
        Ok(rolled(array, along, shift))
    });
    rolled.map(Constant::Array)
}

fn rolled(array: Tensor, along: usize, shift: i64) -> Tensor {
    let extent = array.shape()[along];
    if extent == 0 {
        return array;
    }
    let shift = shift.rem_euclid(extent as i64) as usize;
    let mut rolled = array.to_owned();
    let (end, start) = array.view().split_at(Axis(along), extent - shift);
    rolled.slice_axis_mut(Axis(along), Slice::from(..shift)).assign(&start);
    rolled.slice_axis_mut(Axis(along), Slice::from(shift..)).assign(&end);
    rolled.into_shared()
}

fn rot90(call: &Call) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    let turns = call.int("k", Some(1))?.rem_euclid(4);
    let [first, second] = call.ints("dims", &[0, 1])?[..] else {
        return Err(Call::refuse("dims", "two axes"));
    };
    let (first, second) = (axis("dims", first, array.ndim())?, axis("dims", second, array.ndim())?);
    for _ in 0..turns {
        array.invert_axis(Axis(second));
        array.swap_axes(first, second);
    }
    Ok(Constant::Array(array))
}

fn pad(call: &Call) -> Result<Constant, Reason> {
    if call.text("mode", "constant")? != "constant" {
        return Err(Reason::Only("with mode constant"));
    }
    let array = call.tensor("self")?;
    let pads = call.ints("pad", &[])?;
    if pads.len() % 2 != 0 || pads.len() / 2 > array.ndim() {
        return Err(Call::refuse("pad", "a pair of numbers for each padded axis"));
    }
    padded(&array, &pads, call.number("value", Some(0.0))?).map(Constant::Array)
}

/// Adds elements before and after those of the last axis, of the last but one, and so on; negative numbers
/// take elements away.
pub(super) fn padded(array: &Tensor, pads: &[i64], number: f64) -> Result<Tensor, Reason> {
    let mut inner = array.clone();
    let mut shape = array.shape().to_vec();
    let mut places = vec![0; shape.len()];
    for (pair, along) in pads.chunks_exact(2).zip((0..array.ndim()).rev()) {
        let extent = shape[along] as i64;
        let cut = |pad: i64| pad.saturating_neg().clamp(0, extent);
        let (start, end) = (cut(pair[0]), extent - cut(pair[1]));
        let added = |pad: i64| usize::try_from(pad).unwrap_or(0);
        inner.slice_axis_inplace(Axis(along), Slice::from(start as isize..end.max(start) as isize));
        places[along] = added(pair[0]);
        let padded = inner.shape()[along].checked_add(added(pair[0]));
        shape[along] = padded.and_then(|extent| extent.checked_add(added(pair[1]))).ok_or(Reason::Memory)?;
    }
    let mut padded = filled(&shape, number)?;
    let mut middle = padded.view_mut();
    for (along, place) in places.into_iter().enumerate() {
        middle.slice_axis_inplace(Axis(along), Slice::from(place..place + inner.shape()[along]));
    }
    middle.assign(&inner);
    Ok(padded)
}

/// Keeps the elements whose index along the last axis exceeds that along the last but one by enough, or by
/// little enough.
fn triangle(call: &Call, keeps: fn(i64, i64) -> bool) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    let diagonal = call.int("diagonal", Some(0))?;
    let Some(row) = array.ndim().checked_sub(2) else {
        return Err(Call::refuse("self", "a matrix"));
    };
    for (index, number) in array.indexed_iter_mut() {
        if !keeps(index[row + 1] as i64 - index[row] as i64, diagonal) {
            *number = 0.0;
        }
    }
    Ok(Constant::Array(array))
}

/// Puts a vector on a diagonal of a matrix of zeros, or takes the diagonal of a matrix.
fn diag(call: &Call) -> Result<Constant, Reason> {
    let array = call.tensor("self")?;
    if ["dim1", "dim2"].iter().any(|name| call.has(name)) {
        return Err(Reason::Only("for the last axes"));
    }
    let offset = call.int(if call.has("offset") { "offset" } else { "diagonal" }, Some(0))?;
    match array.ndim() {
        1 => {
            let skip = usize::try_from(offset.unsigned_abs()).map_err(|_| Reason::Memory)?;
            let extent = array.len().checked_add(skip).ok_or(Reason::Memory)?;
            let mut matrix = filled(&[extent, extent], 0.0)?;
            let (above, below) = if offset > 0 { (skip, 0) } else { (0, skip) };
            for (index, &number) in array.iter().enumerate() {
                matrix[[index + below, index + above]] = number;
            }
            Ok(Constant::Array(matrix))
        }
        2 if &*call.operation.target == "aten.diag.default" => {
            shapes::diagonal(&array, offset, 0, 1).map(Constant::Array)
        }
        _ => Err(Reason::Only("for a vector or a matrix")),
    }
}

fn meshgrid(call: &Call) -> Result<Vec<Constant>, Reason> {
    let arrays: Vec<Tensor> = call.tensors("tensors")?.into_iter().flatten().collect();
    let mut extents: Vec<usize> = arrays.iter().map(|array| array.len()).collect();
    elements(&extents)?;
    let by_columns = call.text("indexing", "ij")? == "xy" && extents.len() > 1;
    if by_columns {
        extents.swap(0, 1);
    }
    let grids = arrays.iter().enumerate().map(|(position, numbers)| {
        let along = if by_columns && position < 2 { 1 - position } else { position };
        let mut shape = vec![1; extents.len()];
        shape[along] = numbers.len();
        let column = array(&shape, numbers.iter().copied().collect())?;
        shapes::expand(&column, &extents).map(Constant::Array)
    });
    grids.collect()
}

fn select_scatter(call: &Call) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    let along = call.axis("dim", None, array.ndim())?;
    let index = axis("index", call.int("index", None)?, array.shape()[along])
        .map_err(|_| Call::refuse("index", "an index of the axis"))?;
    let source = call.tensor("src")?;
    let place = array.index_axis_mut(Axis(along), index);
    assign(place, &source)?;
    Ok(Constant::Array(array))
}

fn slice_scatter(call: &Call) -> Result<Constant, Reason> {
    let mut array = call.tensor("self")?;
    let along = call.axis("dim", Some(0), array.ndim())?;
    let range = views::range(call, array.shape()[along])?;
    let source = call.tensor("src")?;
    assign(array.slice_axis_mut(Axis(along), range), &source)?;
    Ok(Constant::Array(array))
}

fn assign(mut place: ndarray::ArrayViewMutD<'_, f64>, source: &Tensor) -> Result<(), Reason> {
    if broadcast(place.shape(), source.shape())? != place.shape() {
        return Err(Reason::Shapes { first: place.shape().to_vec(), second: source.shape().to_vec() });
    }
    place.assign(source);
    Ok(())
}
