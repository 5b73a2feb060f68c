//! Orders of axes that do not fit, or may be wrong.

use super::support::import;
use crate::cmd::{assert_says, refusal, run, stdout};

#[test]
fn orders_that_fit_in_reverse_are_named() {
    let both = "--images @reversed.h5 --images-key images --responses @reversed.h5 --responses-key responses";
    for (arguments, parts) in [
        // The orders that MATLAB shows.
        (
            format!("{both} --images-order hwn --responses-order ntr"),
            &["reversed they fit: --images-order nwh --responses-order rtn", "h5write"][..],
        ),
        // No advice that would transpose every picture.
        (both.to_owned(), &["--responses-order rtn", "--images-order nwh, others nhw", "transposed"]),
        (
            "--images @images.npy --responses @reversed.h5 --responses-key responses".to_owned(),
            &["reversed the responses fit: --responses-order rtn (MATLAB's h5write"],
        ),
        (
            "--images @images.npy --images-order hwn --responses @responses-f64.npy".to_owned(),
            &["reversed the images fit: --images-order nwh"],
        ),
    ] {
        let (_out, arguments) = import(&arguments);
        refusal(&arguments, 1, parts);
    }
}

#[test]
fn mixed_orders_are_pointed_out() {
    let (_out, arguments) = import(
        "--images @reversed.h5 --images-key images --responses @reversed.h5 --responses-key responses --responses-order rtn",
    );
    let warning = run(&arguments).succeeded().stderr;
    assert_says(&warning, &["warning: responses in the order 'rtn'", "--images-order nwh"]);
}

#[test]
fn sizes_that_fit_no_order_get_no_advice_on_axes() {
    use super::support::folder_of;
    use ndarray::{Array2, Array3};
    use pathscope_core::files::arrays::npy_bytes;
    let folder = folder_of(&[
        ("images.npy", npy_bytes(&Array3::<u8>::zeros((29, 4, 6)))),
        ("responses.npy", npy_bytes(&Array2::<f32>::zeros((30, 4)))),
    ]);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (_out, arguments) =
        import(&format!("--images {} --responses {}", at("images.npy"), at("responses.npy")));
    let words = ["are 29 images", "are to 30", "no order of the axes makes these equal"];
    assert!(!refusal(&arguments, 1, &words).contains("-order"));
}

#[test]
fn equal_axes_are_named_by_info() {
    use super::support::folder_of;
    use ndarray::Array3;
    use pathscope_core::files::arrays::npy_bytes;
    let responses = Array3::from_shape_fn((4, 4, 2), |(n, t, r)| (n * 3 + t * t + r) as f32);
    let folder = folder_of(&[
        ("images.npy", npy_bytes(&Array3::from_shape_fn((4, 5, 5), |(n, y, x)| (n * 25 + y * 5 + x) as u8))),
        ("responses.npy", npy_bytes(&responses)),
        ("dataset.toml", b"name = 'square'".to_vec()),
    ]);
    let text = stdout(&["dataset", "info", folder.path().to_str().unwrap()]);
    assert!(
        text.contains("axes       height and width are both 5, images and trials are both 4: "),
        "{text}"
    );
    assert!(text.contains("contact-sheet.svg"), "{text}");
}
