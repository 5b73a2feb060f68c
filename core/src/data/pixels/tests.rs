use super::*;
use crate::files::arrays::{NpyElement, npy_bytes, read_npy};
use ndarray::Array1;

fn pixels<T: NpyElement>(numbers: Vec<T>) -> Pixels {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), npy_bytes(&Array1::from_vec(numbers))).unwrap();
    Pixels::of(&read_npy(file.path()).unwrap().0, PixelScale::Auto).1
}

#[test]
fn types_and_ranges_are_said() {
    assert_eq!(pixels(vec![0_u8, 17, 255]).to_string(), "uint8, 0 to 255, divided by 255");
    let floats = pixels(vec![0.25_f32, 1.0, 0.5, 0.25]);
    assert_eq!(floats.to_string(), "float32, 0.25 to 1, as they are");
    assert_eq!((floats.mean, floats.deviation), (0.5, (0.375_f64 / 4.0).sqrt()));
    let bytes = pixels(vec![0_u8, 51]);
    assert!((bytes.mean - 0.1).abs() < 1e-12 && (bytes.deviation - 0.1).abs() < 1e-12, "{bytes:?}");
}

#[test]
fn pixels_that_mean_what_they_say_are_not_doubted() {
    assert_eq!(pixels(vec![0_u8, 3]).doubt(), None);
    assert_eq!(pixels(vec![0.0_f32, 1.0]).doubt(), None);
    assert_eq!(pixels(vec![-0.1_f32, 1.2, 0.5]).doubt(), None);
    assert_eq!(pixels(vec![-3.1_f64, 4.2, 0.5]).doubt(), None);
    assert_eq!(pixels(vec![-1.0_f32, 1.0]).doubt(), None);
}

#[test]
fn every_kind_of_other_pixels_is_pointed_out_with_its_remedy() {
    let doubt = |pixels: Pixels| pixels.doubt().unwrap();
    let bits = doubt(pixels(vec![0_u8, 1, 1]));
    assert!(bits.contains("uint8, but only 0 and 1") && bits.contains("--images-scale 1 if"), "{bits}");
    for (found, said) in [
        (pixels(vec![0.0_f32, 255.0]), "float32, whole numbers of 0 to 255, and are taken as they are"),
        (pixels(vec![3.0_f64, 12.0]), "float64, whole numbers of 3 to 12"),
        (pixels(vec![0.5_f32, 254.5]), "float32, 0.5 to 254.5, and"),
        (pixels(vec![-128.0_f32, 127.0]), "-128 to 127"),
    ] {
        let text = doubt(found);
        assert!(text.contains(said) && text.contains("--images-scale 255 if 0 to 1"), "{text}");
    }
    let bits = doubt(pixels(vec![3.0_f32, 1001.0]));
    assert!(bits.contains("--images-scale 1023 if"), "{bits}");
    let bits = doubt(pixels(vec![3.0_f32, 60_001.0]));
    assert!(bits.contains("--images-scale 65535 if"), "{bits}");
}

#[test]
fn scales_are_read_and_written() {
    for (text, scale) in [
        ("auto", PixelScale::Auto),
        ("255", PixelScale::By(255.0)),
        ("0.5", PixelScale::By(0.5)),
        ("1/255", PixelScale::By(1.0 / 255.0)),
    ] {
        assert_eq!(text.parse(), Ok(scale), "{text}");
        let json = serde_json::to_string(&scale).unwrap();
        assert_eq!(serde_json::from_str::<PixelScale>(&json).unwrap(), scale, "{json}");
    }
    assert_eq!(serde_json::from_str::<PixelScale>("255").unwrap(), PixelScale::By(255.0));
    for text in ["", "0", "-1", "nan", "inf", "1/0", "255/", "half"] {
        assert!(
            text.parse::<PixelScale>().unwrap_err().to_string().contains("255, 1 (as they are)"),
            "{text}"
        );
    }
}

#[test]
fn a_network_of_other_pixels_says_which_scale_fits() {
    let unit = Moments { mean: 0.45, deviation: 0.2 };
    let bytes = Moments { mean: 110.0, deviation: 55.0 };
    let said = |trained: Moments, pixels: &Pixels| trained.unlike(Moments::of(pixels), pixels);
    let of_unit = pixels(vec![0.2_f32, 0.3, 0.5, 0.8]);
    let of_bytes = pixels(vec![50_u8, 90, 120, 200]);
    assert_eq!(said(unit, &of_unit), None);
    assert_eq!(said(unit, &of_bytes), None);
    assert!(said(bytes, &of_unit).unwrap().contains("give --images-scale 1/255 if"));
    assert!(said(bytes, &of_bytes).unwrap().contains("give --images-scale 1 if"));
    assert!(
        said(unit, &pixels(vec![200.0_f32, 400.0, 500.0, 800.0]))
            .unwrap()
            .contains("give --images-scale 1023 if")
    );
    assert!(said(unit, &pixels(vec![0_u8, 1, 1, 0])).unwrap().contains("give --images-scale 1 if"));
    let strange = said(unit, &pixels(vec![1e9_f32, 2e9])).unwrap();
    assert!(strange.contains("give the number to divide them by with --images-scale"), "{strange}");
}

#[test]
fn ranges_of_training_are_compared() {
    let trained = pixels(vec![0_u8, 90, 120, 255]);
    assert_eq!(pixels(vec![5_u8, 90, 120, 200]).unlike_training(&trained), None);
    let signed = pixels(vec![-1.0_f32, -0.2, 0.3, 1.0]).unlike_training(&trained).unwrap();
    assert!(
        signed.contains("images are of -1 to 1, those that the network was trained on of 0 to 1"),
        "{signed}"
    );
    let bits = pixels(vec![0_u8, 1, 1, 0]).unlike_training(&trained).unwrap();
    assert!(bits.contains("--images-scale 1 if"), "{bits}");
}
