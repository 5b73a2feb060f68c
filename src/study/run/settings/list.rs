//! The list of the settings.

/// Passes the settings to a macro: by the heading of their flags, each with its documentation, type, default, and the
/// text that stands for the default where it is not the default's own.
macro_rules! for_settings {
    ($macro:ident) => {
        $macro! {
            "Data" {
                /// Folder of the data set
                data: PathBuf = PathBuf::new(), "none";
                /// Width of the central square to crop from each image, in pixels; 0 for the whole image
                crop: usize = 0;
                /// Downsampling factor: squares of this many pixels on a side are averaged into one
                downsample: usize = 1;
                /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
                images_scale: PixelScale = PixelScale::Auto;
                /// Mean of each neuron's responses after scaling; 0 to leave them unscaled
                response_mean: f32 = 0.5;
                /// Use only this many trials of every image, for training, scores and ceilings alike; 0 for all.
                /// Images with fewer trials are trained on with those they have, but count for neither scores nor
                /// ceilings
                trials: usize = 0;
                /// Seed of the split into training, validation and test images (64, 16 and 20 %)
                split_seed: u64 = 0;
                /// Fraction of the training images to use
                train_fraction: f64 = 1.0;
            }
            "Network" {
                /// Number of recurrent blocks after the first, feed-forward block. With one iteration they are
                /// feed-forward too, and two of them have the size of one recurrent block
                recurrent_blocks: usize = 1;
                /// Number of iterations T
                iterations: usize = 5;
                /// Number of iterations of each recurrent block, such as 3,5; a block holds its output afterwards
                block_iterations: BlockIterations = BlockIterations::default(), "T for all";
                /// Readout mode: no-avg, early-avg, late-avg or 2-avg
                readout: Readout = Readout::TwoAvg;
                /// Train a multi-path network instead of the recurrent one: none (the recurrent network itself),
                /// per-path (each path has its own normalizations) or shared (paths share those of the recurrent
                /// network)
                multi_path: PathModel = PathModel::None;
                /// Path lengths to remove from the multi-path network, such as 1-3 or 1,3
                lengths_removed: Ablation = Ablation::full();
                /// Number of channels in every block
                channels: usize = 16;
                /// Kernel size of the first block
                first_kernel: usize = 9;
                /// Kernel size of the other blocks; odd
                kernel: usize = 3;
                /// Activation of the blocks: relu or softplus
                activation: Activation = Activation::Relu;
                /// Activation of the output: same (as the blocks), relu or softplus
                output_activation: OutputActivation = OutputActivation::Same;
                /// Order of operations in the first block: bn-before-activation, bn-after-activation, or linear
                /// (the convolution alone, as the published implementation runs it)
                first_block: FirstBlock = FirstBlock::BnBeforeActivation;
                /// Kernel size of the average pooling
                pooling: usize = 3;
                /// Stride of the average pooling
                pooling_stride: usize = 3;
                /// Epsilon of the batch normalizations
                epsilon: f64 = 1e-3;
                /// Momentum of the running statistics
                momentum: f64 = 0.1;
            }
            "Optimization" {
                /// Seed of the initial weights and of the order of the images
                seed: u64 = 0;
                /// Standard deviation of the initial kernels and readout
                initial_deviation: f32 = 0.01;
                /// Loss: mse or poisson
                loss: Loss = Loss::Mse;
                /// Weight of the readout penalty, the mean over neurons of |feature| times |spatial| in 1-norms
                readout_penalty: f64 = 0.01;
                /// Weight of the smoothness penalty on the first block's kernels
                smoothness_penalty: f64 = 5e-6, "5e-6";
                /// Learning rate of Adam in the first phase
                learning_rate: f64 = 1e-3;
                /// Number of images in a minibatch
                batch: usize = 256;
                /// Number of steps between validations
                validate_every: usize = 50;
                /// Number of validations without a new best after which a phase ends
                patience: usize = 10;
                /// Number of phases; each begins at the best state so far
                phases: usize = 3;
                /// Divisor of the learning rate from one phase to the next
                rate_divisor: f64 = 3.0;
                /// Decay per step of a running average of the weights, such as 0.99, which is validated and kept
                /// instead of the weights; 0 for none
                average_weights: f64 = 0.0;
                /// Number of validations whose mean loss must be a new best; earlier ones of a phase do not count
                smooth_validations: usize = 1;
                /// Largest number of steps in a phase
                max_steps: usize = 40_000;
                /// When the learning rate falls: each-phase, or published (as the published implementation: the
                /// rate of the best state falls, and validations follow steps 1, 51, 101 of a phase)
                schedule: ScheduleRule = ScheduleRule::EachPhase, "each-phase";
            }
        }
    };
}

pub(crate) use for_settings;
