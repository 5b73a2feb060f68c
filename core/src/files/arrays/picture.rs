//! PNG pictures as arrays, for folders of pictures.

use super::{ArrayError, ElementType, NumberArray, Origin, npy};
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::BufReader;
use std::path::Path;

/// The largest size of a picture in bytes.
const LARGEST: usize = 64 << 20;

/// Reads a picture of at most 8 bits as uint8 \[height, width\], or \[3, height, width\] in colour.
///
/// # Errors
///
/// [`ArrayError`] if the file cannot be read, is larger than 64 MiB, has 16 bits, or has pixels that are not
/// opaque.
pub(super) fn read(path: &Path) -> Result<NumberArray, ArrayError> {
    let refused =
        |detail: String| ArrayError::Damaged { path: path.to_owned(), container: "PNG file", detail };
    let file = BufReader::new(npy::open_regular(path)?);
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: LARGEST });
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|error| refused(error.to_string()))?;
    let size = reader.output_buffer_size().filter(|&size| size <= LARGEST);
    let size = size.ok_or_else(|| refused(format!("it would take more than {LARGEST} bytes")))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|error| refused(error.to_string()))?;
    pixels.truncate(frame.buffer_size());
    let kind = |found, remedy| ArrayError::OtherKind {
        path: path.to_owned(),
        expected: "a picture of 8 bits that is opaque",
        found,
        remedy,
    };
    if frame.bit_depth != BitDepth::Eight {
        return Err(kind(
            "a picture of 16 bits",
            "save the pictures as one array with numpy.save, scaled as intended",
        ));
    }
    let (channels, has_alpha) = match frame.color_type {
        ColorType::Grayscale => (1, false),
        ColorType::GrayscaleAlpha => (1, true),
        ColorType::Rgb => (3, false),
        // The decoder has turned palette indices into colours.
        ColorType::Rgba | ColorType::Indexed => (3, true),
    };
    let samples = channels + usize::from(has_alpha);
    if has_alpha && pixels.chunks_exact(samples).any(|pixel| pixel[channels] != u8::MAX) {
        return Err(kind(
            "a picture with transparent pixels",
            "flatten it onto the background that was shown",
        ));
    }
    let bytes =
        (0..channels).flat_map(|channel| pixels.iter().skip(channel).step_by(samples).copied()).collect();
    let mut shape = vec![frame.height as usize, frame.width as usize];
    if channels > 1 {
        shape.insert(0, channels);
    }
    Ok(NumberArray {
        path: path.to_owned(),
        element_type: ElementType::U8,
        big_endian: false,
        fortran_order: false,
        origin: Origin::NumPy,
        shape,
        bytes,
        place: String::new(),
        row_files: Vec::new(),
    })
}
