//! Operations whose indices are tensors.

use super::call::{Call, array};
use super::elementwise::broadcast;
use super::table::{Kernel, Results, Row};
use super::{Content, Limits, Reason, Tensor, shapes, types};
use crate::program::Element;
use Kernel::{Arranged, Computed};
use ndarray::{Axis, Dimension};

/// Returns the kernels of operations with index tensors.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("index", Arranged(index)),
        ("_unsafe_index", Arranged(index)),
        ("take_along_dim", Arranged(take_along)),
        ("embedding", Arranged(embedding)),
        ("index_put", Computed(index_put)),
        ("index_select", Arranged(index_select)),
        ("gather", Arranged(gather)),
        ("fill_diagonal", Computed(fill_diagonal)),
    ]
}

/// Returns the place along an axis that a number in an index tensor refers to.
fn place<T: Element>(number: T, extent: usize) -> Result<usize, Reason> {
    let number = number.double();
    let index = if number < 0.0 { number + extent as f64 } else { number };
    if index >= 0.0 && index < extent as f64 {
        return Ok(index as usize);
    }
    Err(Reason::Argument { name: "index".to_owned(), expected: "within the axis" })
}

fn index_select<T: Element>(call: &Call<T>) -> Results<T> {
    let array = call.tensor("self")?;
    let along = call.axis("dim", None, array.ndim())?;
    let extent = array.shape()[along];
    let indices = call.tensor("index")?;
    let indices: Vec<usize> =
        indices.iter().map(|&number| place(number, extent)).collect::<Result<_, _>>()?;
    let mut shape = array.shape().to_vec();
    shape[along] = indices.len();
    call.limits.elements(&shape)?;
    Ok(vec![Content::Array(array.select(Axis(along), &indices).into_shared())])
}

fn gather<T: Element>(call: &Call<T>) -> Results<T> {
    let array = call.tensor("self")?;
    let along = call.axis("dim", None, array.ndim())?;
    gathered(&array, along, &call.tensor("index")?)
}

/// Takes elements like [`gather`], with the other axes broadcast.
fn take_along<T: Element>(call: &Call<T>) -> Results<T> {
    let (mut array, mut indices) = (call.tensor("self")?, call.tensor("indices")?);
    if !call.has("dim") {
        (array, indices) =
            (shapes::reshape(&array, &[array.len()])?, shapes::reshape(&indices, &[indices.len()])?);
    }
    let along = call.axis("dim", Some(0), array.ndim())?;
    if array.ndim() != indices.ndim() {
        return Err(Reason::Shapes { first: array.shape().to_vec(), second: indices.shape().to_vec() });
    }
    let with = |extent: usize, shape: &[usize]| {
        let mut shape = shape.to_vec();
        shape[along] = extent;
        shape
    };
    let shape = broadcast(&with(1, array.shape()), &with(1, indices.shape()))?;
    let array = shapes::expand(&array, &with(array.shape()[along], &shape), call.limits)?;
    let indices = shapes::expand(&indices, &with(indices.shape()[along], &shape), call.limits)?;
    gathered(&array, along, &indices)
}

/// Takes the rows of a matrix with the given indices.
fn embedding<T: Element>(call: &Call<T>) -> Results<T> {
    let (weight, indices) = (call.tensor("weight")?, call.tensor("indices")?);
    let &[rows, width] = weight.shape() else {
        return Err(Reason::argument("weight", "a matrix"));
    };
    let places: Vec<usize> = indices.iter().map(|&number| place(number, rows)).collect::<Result<_, _>>()?;
    let shape = [indices.shape(), &[width]].concat();
    call.limits.elements(&shape)?;
    let chosen = weight.select(Axis(0), &places).into_shared();
    Ok(vec![Content::Array(shapes::reshape(&chosen, &shape)?)])
}

fn gathered<T: Element>(array: &Tensor<T>, along: usize, indices: &Tensor<T>) -> Results<T> {
    let fits = indices.ndim() == array.ndim()
        && (0..array.ndim()).all(|axis| axis == along || indices.shape()[axis] <= array.shape()[axis]);
    if !fits {
        return Err(Reason::Shapes { first: array.shape().to_vec(), second: indices.shape().to_vec() });
    }
    let mut gathered = indices.to_owned();
    for (position, number) in gathered.indexed_iter_mut() {
        let mut source = position.slice().to_vec();
        source[along] = place(*number, array.shape()[along])?;
        *number = array[source.as_slice()];
    }
    Ok(vec![Content::Array(gathered.into_shared())])
}

/// Index tensors along consecutive axes.
struct Indices<T> {
    /// The first of the axes.
    first: usize,
    /// An array of indices for each of the axes, all of one shape.
    arrays: Vec<Tensor<T>>,
}

/// Returns the index tensors of a list; a mask stands for the places of its true elements.
fn indices<T: Element>(call: &Call<T>, target: &Tensor<T>) -> Result<Indices<T>, Reason> {
    let refused = || Reason::Only("for tensors of indices along axes that follow each other");
    let given = call.tensors("indices")?;
    let crate::program::Argument::Tensors(ids) = call.operation.argument("indices") else {
        return Err(refused());
    };
    let first = given.iter().position(Option::is_some).ok_or_else(refused)?;
    let mut arrays = Vec::new();
    let mut ended = false;
    for (indices, id) in given.into_iter().zip(ids).skip(first) {
        let (Some(indices), Some(id)) = (indices, *id) else {
            ended = true;
            continue;
        };
        if ended {
            return Err(refused());
        }
        let tensor = call.program.value(id).tensor.as_ref();
        match tensor.map(|tensor| tensor.element_type.as_str()) {
            Some("bool" | "uint8") => {
                let true_places = places_of_mask(&indices, target.shape(), first + arrays.len())?;
                arrays.extend(true_places);
            }
            _ => arrays.push(indices),
        }
    }
    if arrays.is_empty() || first + arrays.len() > target.ndim() {
        return Err(Reason::argument("indices", "one tensor or none for each axis"));
    }
    let shape = arrays.iter().try_fold(Vec::new(), |shape, array| broadcast(&shape, array.shape()))?;
    let arrays =
        arrays.iter().map(|array| shapes::expand(array, &shape, call.limits)).collect::<Result<_, _>>()?;
    Ok(Indices { first, arrays })
}

fn places_of_mask<T: Element>(
    mask: &Tensor<T>,
    shape: &[usize],
    first: usize,
) -> Result<Vec<Tensor<T>>, Reason> {
    if shape.get(first..first + mask.ndim()) != Some(mask.shape()) {
        return Err(Reason::Shapes { first: shape.to_vec(), second: mask.shape().to_vec() });
    }
    let places: Vec<_> =
        mask.indexed_iter().filter(|(_, number)| **number != T::zero()).map(|(place, _)| place).collect();
    let along =
        |axis: usize| places.iter().map(|place| types::index(place[axis])).collect::<Result<Vec<T>, _>>();
    (0..mask.ndim()).map(|axis| array(&[places.len()], along(axis)?)).collect()
}

impl<T: Element> Indices<T> {
    /// Returns the shape of the elements that the indices choose from an array.
    fn shape(&self, array: &Tensor<T>) -> Vec<usize> {
        let chosen = self.arrays[0].shape();
        [&array.shape()[..self.first], chosen, &array.shape()[self.first + self.arrays.len()..]].concat()
    }

    /// Returns the place of each chosen element in an array, in the order of the choice.
    fn places(&self, array: &Tensor<T>, limits: Limits) -> Result<Vec<usize>, Reason> {
        let extents = array.shape();
        let before: usize = extents[..self.first].iter().product();
        let indexed: usize = extents[self.first..self.first + self.arrays.len()].iter().product();
        let after: usize = extents[self.first + self.arrays.len()..].iter().product();
        let count = limits.elements(&self.shape(array))?;
        let mut chosen = vec![0_usize; self.arrays[0].len()];
        for (indices, &extent) in self.arrays.iter().zip(&extents[self.first..]) {
            for (chosen, &number) in chosen.iter_mut().zip(indices) {
                *chosen = *chosen * extent + place(number, extent)?;
            }
        }
        let mut places = Vec::with_capacity(count);
        for block in 0..before {
            for &chosen in &chosen {
                let start = (block * indexed + chosen) * after;
                places.extend(start..start + after);
            }
        }
        Ok(places)
    }
}

fn index<T: Element>(call: &Call<T>) -> Results<T> {
    let target = call.tensor("self")?;
    let indices = indices(call, &target)?;
    let places = indices.places(&target, call.limits)?;
    let numbers: Vec<T> = shapes::reshape(&target, &[target.len()])?.iter().copied().collect();
    let chosen = places.into_iter().map(|place| numbers[place]).collect();
    array(&indices.shape(&target), chosen).map(|chosen| vec![Content::Array(chosen)])
}

fn index_put<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let target = call.tensor("self")?;
    let indices = indices(call, &target)?;
    let values = shapes::expand(&call.tensor("values")?, &indices.shape(&target), call.limits)?;
    let accumulate = call.flag("accumulate", false)?;
    let mut numbers: Vec<T> = target.iter().copied().collect();
    for (place, &value) in indices.places(&target, call.limits)?.into_iter().zip(&values) {
        numbers[place] = if accumulate { numbers[place] + value } else { value };
    }
    array(target.shape(), numbers).map(Content::Array)
}

fn fill_diagonal<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let mut array = call.tensor("self")?;
    if call.flag("wrap", false)? || array.ndim() < 2 {
        return Err(Reason::Only("for matrices, without wrap"));
    }
    let number = call.number("fill_value", None)?;
    array.diag_mut().fill(T::of(number));
    Ok(Content::Array(array))
}
