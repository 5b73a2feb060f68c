//! Operations that write elements to other places of a new tensor.

use super::call::{Call, array, axis};
use super::elementwise::broadcast;
use super::table::{Kernel, Results, Row};
use super::{Content, Limits, Reason, Tensor, shapes, views};
use crate::program::Element;
use Kernel::Arranged;
use ndarray::{Axis, Slice};

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("cat", Arranged(cat)),
        ("concat", Arranged(cat)),
        ("concatenate", Arranged(cat)),
        ("stack", Arranged(stack)),
        ("flip", Arranged(flip)),
        ("roll", Arranged(roll)),
        ("rot90", Arranged(rot90)),
        ("triu", Arranged(|call| triangle(call, |above, diagonal| above >= diagonal))),
        ("tril", Arranged(|call| triangle(call, |above, diagonal| above <= diagonal))),
        ("diag", Arranged(diag)),
        ("diag_embed", Arranged(diag)),
        ("meshgrid", Arranged(meshgrid)),
        ("select_scatter", Arranged(select_scatter)),
        ("slice_scatter", Arranged(slice_scatter)),
    ]
}

fn one<T>(array: Tensor<T>) -> Vec<Content<T>> {
    vec![Content::Array(array)]
}

/// Returns the arrays of a list of tensors, or their common number if all are uniform.
fn arrays<T: Element>(call: &Call<T>) -> Result<Result<Vec<Tensor<T>>, f64>, Reason> {
    let contents = call.operands("tensors")?;
    if let Some(&Content::Uniform(number)) = contents.first()
        && contents.iter().all(|content| *content == Content::Uniform(number))
    {
        return Ok(Err(number));
    }
    Ok(Ok(call.tensors("tensors")?.into_iter().flatten().collect()))
}

fn cat<T: Element>(call: &Call<T>) -> Results<T> {
    let mut arrays = match arrays(call)? {
        Ok(arrays) => arrays,
        Err(number) => return Ok(vec![Content::Uniform(number)]),
    };
    // PyTorch allows an empty tensor with one axis beside tensors of any shape.
    arrays.retain(|array| array.shape() != [0]);
    let along = call.axis("dim", Some(0), arrays.first().map_or(1, |array| array.ndim()))?;
    joined(&arrays, along, call.limits)
}

fn stack<T: Element>(call: &Call<T>) -> Results<T> {
    let mut arrays = match arrays(call)? {
        Ok(arrays) => arrays,
        Err(number) => return Ok(vec![Content::Uniform(number)]),
    };
    let along = call.axis("dim", Some(0), arrays.first().map_or(0, |array| array.ndim()) + 1)?;
    for array in &mut arrays {
        if along > array.ndim() {
            return Err(Reason::argument("tensors", "a list of tensors of one shape"));
        }
        array.insert_axis_inplace(Axis(along));
    }
    joined(&arrays, along, call.limits)
}

fn joined<T: Element>(arrays: &[Tensor<T>], along: usize, limits: Limits) -> Results<T> {
    let total = arrays.iter().try_fold(0_usize, |sum, array| sum.checked_add(array.len()));
    limits.elements(&[total.ok_or_else(|| limits.memory())?])?;
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    let joined = ndarray::concatenate(Axis(along), &views);
    let joined = joined.map_err(|_| Reason::argument("tensors", "a list of tensors with matching shapes"))?;
    Ok(one(joined.into_shared()))
}

fn flip<T: Element>(call: &Call<T>) -> Results<T> {
    let mut array = call.tensor("self")?;
    for given in call.ints("dims", &[])? {
        array.invert_axis(Axis(axis("dims", given, array.ndim())?));
    }
    Ok(one(array))
}

fn roll<T: Element>(call: &Call<T>) -> Results<T> {
    let array = call.tensor("self")?;
    let (shifts, dims) = (call.ints("shifts", &[])?, call.ints("dims", &[])?);
    if dims.is_empty() && shifts.len() == 1 {
        let flat = rolled(shapes::reshape(&array, &[array.len()])?, 0, shifts[0]);
        return shapes::reshape(&flat, array.shape()).map(one);
    }
    if dims.len() != shifts.len() {
        return Err(Reason::argument("shifts", "one number for each axis"));
    }
    let rolled = dims.iter().zip(shifts).try_fold(array, |array, (&given, shift)| {
        let along = axis("dims", given, array.ndim())?;
        Ok(rolled(array, along, shift))
    });
    rolled.map(one)
}

fn rolled<T: Element>(array: Tensor<T>, along: usize, shift: i64) -> Tensor<T> {
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

fn rot90<T: Element>(call: &Call<T>) -> Results<T> {
    let mut array = call.tensor("self")?;
    let turns = call.int("k", Some(1))?.rem_euclid(4);
    let [first, second] = call.ints("dims", &[0, 1])?[..] else {
        return Err(Reason::argument("dims", "two axes"));
    };
    let (first, second) = (axis("dims", first, array.ndim())?, axis("dims", second, array.ndim())?);
    for _ in 0..turns {
        array.invert_axis(Axis(second));
        array.swap_axes(first, second);
    }
    Ok(one(array))
}

/// Keeps the elements for which the difference of the last two indices satisfies a condition on the diagonal.
fn triangle<T: Element>(call: &Call<T>, keeps: fn(i64, i64) -> bool) -> Results<T> {
    let mut array = call.tensor("self")?;
    let diagonal = call.int("diagonal", Some(0))?;
    let Some(row) = array.ndim().checked_sub(2) else {
        return Err(Reason::argument("self", "a matrix"));
    };
    for (index, number) in array.indexed_iter_mut() {
        if !keeps(index[row + 1] as i64 - index[row] as i64, diagonal) {
            *number = T::zero();
        }
    }
    Ok(one(array))
}

/// Writes a vector to a diagonal of a zero matrix, or reads the diagonal of a matrix.
fn diag<T: Element>(call: &Call<T>) -> Results<T> {
    let array = call.tensor("self")?;
    if ["dim1", "dim2"].iter().any(|name| call.has(name)) {
        return Err(Reason::Only("for the last axes"));
    }
    let offset = call.int(if call.has("offset") { "offset" } else { "diagonal" }, Some(0))?;
    match array.ndim() {
        1 => {
            let skip = usize::try_from(offset.unsigned_abs()).map_err(|_| call.limits.memory())?;
            let extent = array.len().checked_add(skip).ok_or_else(|| call.limits.memory())?;
            let mut matrix = call.limits.filled(&[extent, extent], 0.0)?;
            let (above, below) = if offset > 0 { (skip, 0) } else { (0, skip) };
            for (index, &number) in array.iter().enumerate() {
                matrix[[index + below, index + above]] = number;
            }
            Ok(one(matrix))
        }
        2 if &*call.operation.target == "aten.diag.default" => {
            shapes::diagonal(&array, offset, 0, 1).map(one)
        }
        _ => Err(Reason::Only("for a vector or a matrix")),
    }
}

fn meshgrid<T: Element>(call: &Call<T>) -> Results<T> {
    let arrays: Vec<Tensor<T>> = call.tensors("tensors")?.into_iter().flatten().collect();
    let mut extents: Vec<usize> = arrays.iter().map(|array| array.len()).collect();
    call.limits.elements(&extents)?;
    let by_columns = call.text("indexing", "ij")? == "xy" && extents.len() > 1;
    if by_columns {
        extents.swap(0, 1);
    }
    let grids = arrays.iter().enumerate().map(|(position, numbers)| {
        let along = if by_columns && position < 2 { 1 - position } else { position };
        let mut shape = vec![1; extents.len()];
        shape[along] = numbers.len();
        let column = array(&shape, numbers.iter().copied().collect())?;
        shapes::expand(&column, &extents, call.limits).map(Content::Array)
    });
    grids.collect()
}

fn select_scatter<T: Element>(call: &Call<T>) -> Results<T> {
    let mut array = call.tensor("self")?;
    let along = call.axis("dim", None, array.ndim())?;
    let index = axis("index", call.int("index", None)?, array.shape()[along])
        .map_err(|_| Reason::argument("index", "an index of the axis"))?;
    let source = call.tensor("src")?;
    let place = array.index_axis_mut(Axis(along), index);
    assign(place, &source)?;
    Ok(one(array))
}

fn slice_scatter<T: Element>(call: &Call<T>) -> Results<T> {
    let mut array = call.tensor("self")?;
    let along = call.axis("dim", Some(0), array.ndim())?;
    let range = views::range(call, array.shape()[along])?;
    let source = call.tensor("src")?;
    assign(array.slice_axis_mut(Axis(along), range), &source)?;
    Ok(one(array))
}

fn assign<T: Element>(mut place: ndarray::ArrayViewMutD<'_, T>, source: &Tensor<T>) -> Result<(), Reason> {
    if broadcast(place.shape(), source.shape())? != place.shape() {
        return Err(Reason::Shapes { first: place.shape().to_vec(), second: source.shape().to_vec() });
    }
    place.assign(source);
    Ok(())
}
