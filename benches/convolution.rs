//! Convolutions and matrix products, with the shapes of published recurrent networks, ResNet-18 and mobile
//! networks. `peer/kernels.py` times the same in PyTorch, and `peer/README.md` has the results of both.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array1, ArrayD};
use pathscope_core::files::checkpoint::ElementType;
use pathscope_core::program::{
    Argument, Element, Execution, Extent, Operation, Origin, Program, Tensor, TensorType, Tensors, Value,
    ValueId,
};
use rayon::ThreadPoolBuilder;
use std::error::Error;
use std::hint::black_box;
use std::slice::from_ref;
use std::sync::Arc;

/// The number of threads, as in `peer/kernels.py`.
const THREADS: usize = 2;

/// A convolution of square images.
struct Case {
    name: &'static str,
    images: usize,
    channels: [usize; 2],
    side: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
}

const fn case(
    name: &'static str,
    images: usize,
    channels: [usize; 2],
    side: usize,
    [kernel, stride, groups]: [usize; 3],
) -> Case {
    Case { name, images, channels, side, kernel, stride, groups }
}

/// The convolutions. Those of ResNet-18 are for 16 images, alone and with 8 lengths.
const CASES: [Case; 15] = [
    case("recurrent", 64, [16, 16], 42, [3, 1, 1]),
    case("recurrent x7", 448, [16, 16], 42, [3, 1, 1]),
    case("7x7 stride 2", 16, [3, 64], 64, [7, 2, 1]),
    case("7x7 stride 2 x8", 128, [3, 64], 64, [7, 2, 1]),
    case("64 channels", 16, [64, 64], 16, [3, 1, 1]),
    case("64 channels x8", 128, [64, 64], 16, [3, 1, 1]),
    case("128 channels", 16, [128, 128], 8, [3, 1, 1]),
    case("128 channels x8", 128, [128, 128], 8, [3, 1, 1]),
    case("256 channels", 16, [256, 256], 4, [3, 1, 1]),
    case("256 channels x8", 128, [256, 256], 4, [3, 1, 1]),
    case("512 channels", 16, [512, 512], 2, [3, 1, 1]),
    case("512 channels x8", 128, [512, 512], 2, [3, 1, 1]),
    case("1x1 stride 2", 16, [64, 128], 16, [1, 2, 1]),
    case("1x1 stride 2 x8", 128, [64, 128], 16, [1, 2, 1]),
    case("depthwise", 16, [96, 96], 32, [3, 1, 96]),
];

/// The rows, inner elements and columns of the matrix product.
const PRODUCT: [usize; 3] = [1024, 512, 512];

/// A program with one operation on an input and a parameter.
struct Single {
    program: Program,
    parameter: ArrayD<f64>,
}

impl Tensors for Single {
    fn tensor(&self, _: ValueId) -> Result<ArrayD<f64>, Box<dyn Error + Send + Sync>> {
        Ok(self.parameter.clone())
    }
}

impl Single {
    fn new(
        target: &str,
        names: [&str; 2],
        [input, parameter, output]: [&[usize]; 3],
        arguments: Vec<(Arc<str>, Argument)>,
    ) -> Self {
        let value = |name: &str, origin, shape: &[usize]| {
            let shape = shape.iter().map(|&extent| Extent::Known(extent as i64)).collect();
            let tensor = Some(TensorType { element_type: ElementType::Float32, shape });
            Value { name: name.to_owned(), origin, tensor }
        };
        let values = vec![
            value("input", Origin::Input("input".to_owned()), input),
            value("parameter", Origin::Parameter("parameter".to_owned()), parameter),
            value("output", Origin::Operation(0), output),
        ];
        let [input, output] = [0, 2].map(ValueId::new);
        let tensors = [input, ValueId::new(1)].map(Argument::Tensor);
        let operation = Operation {
            name: "operation".to_owned(),
            target: target.into(),
            arguments: names.map(Arc::from).into_iter().zip(tensors).chain(arguments).collect(),
            outputs: vec![Some(output)],
            modules: Arc::default(),
        };
        let program =
            Program { values, operations: vec![operation], inputs: vec![input], outputs: vec![Some(output)] };
        Self { program, parameter: numbers(parameter) }
    }

    fn time<T: Element>(&self, group: &mut BenchmarkGroup<'_, WallTime>, name: &str, shape: &[usize]) {
        let execution = Execution::<T>::new(&self.program, self, &[ValueId::new(2)]).expect("a program");
        let input: Tensor<T> = numbers(shape).into_shared();
        group.bench_function(name, |bencher| {
            bencher.iter(|| execution.run(black_box(from_ref(&input))).expect("an output"));
        });
    }
}

/// Returns numbers between -1 and 1.
fn numbers<T: Element>(shape: &[usize]) -> ArrayD<T> {
    let count: usize = shape.iter().product();
    let numbers: Array1<T> = (0..count).map(|index| T::of((index as f64 * 0.7).sin())).collect();
    numbers.into_shape_with_order(shape).expect("as many numbers as the shape has")
}

impl Case {
    fn time<T: Element>(&self, group: &mut BenchmarkGroup<'_, WallTime>) {
        let [from, to] = self.channels;
        let padding = self.kernel / 2;
        let side = (self.side + 2 * padding - self.kernel) / self.stride + 1;
        let input = [self.images, from, self.side, self.side];
        let kernel = [to, from / self.groups, self.kernel, self.kernel];
        let output = [self.images, to, side, side];
        let two = |number: usize| Argument::Ints(vec![Extent::Known(number as i64); 2]);
        let groups = Argument::Int(Extent::Known(self.groups as i64));
        let arguments = [("stride", two(self.stride)), ("padding", two(padding)), ("groups", groups)];
        let arguments = arguments.map(|(name, argument)| (Arc::from(name), argument)).into();
        let single =
            Single::new("aten.conv2d.default", ["input", "weight"], [&input, &kernel, &output], arguments);
        let products = output.iter().chain(&kernel[1..]).product::<usize>();
        group.throughput(Throughput::Elements(2 * products as u64));
        single.time::<T>(group, self.name, &input);
    }
}

fn all<T: Element>(criterion: &mut Criterion, precision: &str) {
    let mut group = criterion.benchmark_group(precision);
    group.sample_size(20);
    for case in &CASES {
        case.time::<T>(&mut group);
    }
    let [rows, inner, columns] = PRODUCT;
    let shapes = [&[rows, inner][..], &[inner, columns], &[rows, columns]];
    let single = Single::new("aten.mm.default", ["self", "mat2"], shapes, Vec::new());
    group.throughput(Throughput::Elements(2 * (rows * inner * columns) as u64));
    single.time::<T>(&mut group, "product", shapes[0]);
    group.finish();
}

fn convolutions(criterion: &mut Criterion) {
    ThreadPoolBuilder::new().num_threads(THREADS).build_global().expect("the first pool of the process");
    all::<f32>(criterion, "single");
    all::<f64>(criterion, "double");
}

criterion_group!(benches, convolutions);
criterion_main!(benches);
