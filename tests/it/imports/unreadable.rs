//! Objects that are not plain arrays. Every reader and listing names them with a remedy.

use super::support::{folder_of, import};
use crate::cmd::refusal;
use pathscope_core::files::arrays::{ArrayError, Unreadable, npy_bytes, read_array};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/import").join(name)
}

/// Returns the message about an unreadable object.
#[track_caller]
fn unreadable(path: &Path, key: Option<&str>) -> Unreadable {
    match read_array(path, key).unwrap_err() {
        ArrayError::Unreadable { what, .. } => what,
        other => panic!("{other}"),
    }
}

/// An `.npy` file whose header says this.
fn described(description: &str) -> Vec<u8> {
    let header = format!("{{'descr': {description}, 'fortran_order': False, 'shape': (2,), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0; 32]);
    bytes
}

#[test]
fn things_of_matlab() {
    let path = fixture("others.mat");
    for (key, expected, remedy) in [
        ("cell", "a cell array of 3", "cat(3, x{:})"),
        ("sparse", "a sparse matrix", "full(x)"),
        ("empty", "an empty array", "no numbers"),
        ("structs/responses", "a field of a struct array of 2", "s(1).field"),
        ("table", "an object of MATLAB (table)", "table2array"),
        ("label", "text", "numpy.unique"),
        ("complex", "an array of complex numbers", "real part"),
    ] {
        let what = unreadable(&path, Some(key));
        assert!(what.to_string().contains(expected) && what.remedy().contains(remedy), "{key}: {what}");
        // The listing has the same message.
        let listed = read_array(&path, Some("absent")).unwrap_err().to_string();
        assert!(
            listed.contains(&format!("{key}: {what}, not readable: {}", what.remedy())),
            "{key}: {listed}"
        );
    }
    let message = read_array(&path, Some("structs")).unwrap_err().to_string();
    assert!(
        message.contains("'structs' is a group, not an array")
            && message.contains("structs/responses: a field"),
        "{message}"
    );
    assert_eq!(read_array(&path, Some("masks")).unwrap().element_type().as_str(), "bool");
}

#[test]
fn things_of_hdf5() {
    let path = fixture("others.h5");
    for (key, expected) in [
        ("ragged", Unreadable::Ragged),
        ("records", Unreadable::Records),
        ("complex", Unreadable::Complex),
        ("names", Unreadable::Text),
        ("nothing", Unreadable::Empty),
        ("references", Unreadable::References),
        ("outside", Unreadable::Elsewhere),
        ("virtual", Unreadable::Elsewhere),
    ] {
        assert_eq!(unreadable(&path, Some(key)), expected, "{key}");
    }
    assert_eq!(read_array(&path, Some("truth")).unwrap().element_type().as_str(), "bool");
    // An enumeration of three names is not a bool.
    let codes = read_array(&path, Some("codes")).unwrap();
    assert_eq!(codes.to_i32().unwrap().into_raw_vec_and_offset().0, [0, 2, 1, 0, 1, 2]);
}

#[test]
fn links_are_named_with_their_targets() {
    let path = fixture("links.h5");
    let external = |file: &str, is_there| Unreadable::ExternalLink {
        file: file.to_owned(),
        target: "/images".to_owned(),
        is_there,
    };
    let soft = |target: &str| Unreadable::SoftLink { target: target.to_owned() };
    assert_eq!(unreadable(&path, Some("bad")), soft("/nowhere/images"));
    assert!(read_array(&path, Some("good")).is_ok());
    for group in ["compact", "dense"] {
        let under = |name: &str| unreadable(&path, Some(&format!("{group}/{name}")));
        assert_eq!(under("gone"), external("gone.h5", false));
        assert_eq!(under("there"), external("chunked.h5", true));
        assert!(under("there").remedy().contains("chunked.h5, and the key /images"));
        assert_eq!(under("bad"), soft("nowhere"));
        assert_eq!(under("round"), soft("round"));
        // A link to a link, and an object behind a link.
        assert_eq!(under("further"), external("gone.h5", false));
        assert_eq!(under("gone/below"), external("gone.h5", false));
    }
    assert!(read_array(&path, Some("dense/more19")).is_ok());
}

#[test]
fn filters_by_name() {
    let whole = fs::read(fixture("lz4.h5")).unwrap();
    let lz4 = 32004_u16.to_le_bytes();
    let place = whole.windows(2).rposition(|window| window == lz4).unwrap();
    for (id, name) in [
        (32004_u16, "LZ4"),
        (32008, "bitshuffle"),
        (32015, "Zstandard"),
        (32026, "Blosc 2"),
        (32000, "LZF"),
        (307, "bzip2"),
        (31999, "the HDF5 filter 31999"),
    ] {
        let mut bytes = whole.clone();
        bytes[place..place + 2].copy_from_slice(&id.to_le_bytes());
        let folder = folder_of(&[("session.h5", bytes)]);
        let path = folder.path().join("session.h5");
        assert_eq!(unreadable(&path, Some("images")), Unreadable::Filter { id });
        // Its neighbour is read.
        assert!(read_array(&path, Some("responses")).is_ok());
        let session = path.to_str().unwrap();
        let (_out, arguments) =
            import(&format!("--images {session} --images-key images --responses @responses-f64.npy"));
        refusal(
            &arguments,
            1,
            &[
                "session.h5: 'images' is compressed with",
                name,
                &id.to_string(),
                "not damaged",
                "h5repack -f GZIP=4",
            ],
        );
    }
}

#[test]
fn elements_of_numpy() {
    for (description, expected) in [
        ("'|O'", Unreadable::Pickled),
        ("'<U4'", Unreadable::Text),
        ("'<c16'", Unreadable::Complex),
        ("[('a', '<f4'), ('b', '<i4')]", Unreadable::Records),
        ("'<M8[ns]'", Unreadable::Times),
    ] {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let images = npy_bytes(&ndarray::Array3::<u8>::zeros((2, 3, 4)));
        for (name, bytes) in [("images.npy", &images), ("responses.npy", &described(description))] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let folder =
            folder_of(&[("a.npy", described(description)), ("a.npz", zip.finish().unwrap().into_inner())]);
        assert_eq!(unreadable(&folder.path().join("a.npy"), None), expected);
        let npz = folder.path().join("a.npz");
        assert_eq!(unreadable(&npz, Some("responses")), expected);
        let listed = read_array(&npz, Some("absent")).unwrap_err().to_string();
        assert!(
            listed.contains(&format!("responses: {expected}, not readable: {}", expected.remedy())),
            "{listed}"
        );
        // The array may have been intended, so the remaining one is not used instead. Text cannot have been.
        assert_eq!(read_array(&npz, None).is_ok(), expected == Unreadable::Text);
    }
}

#[test]
fn the_remaining_array_is_not_taken_for_another() {
    for (arguments, parts) in [
        (
            "--images @images.npy --responses @lz4.h5",
            &["lz4.h5: holds 2 arrays", "images uint8 [6, 5, 4]; responses float64 [6, 3, 2]"][..],
        ),
        (
            "--images @images.npy --responses @others.mat",
            &[
                "holds 7 arrays; name one of them",
                "cell: a cell array of 3, not readable",
                "masks bool [5, 4, 6]",
            ],
        ),
    ] {
        let (out, arguments) = import(arguments);
        refusal(&arguments, 1, parts);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
}

#[test]
fn other_kinds_of_file_are_named() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("archive/data.pkl", zip::write::SimpleFileOptions::default()).unwrap();
    let folder = folder_of(&[
        ("a.pkl", b"\x80\x04}.".to_vec()),
        ("a.npy.gz", b"\x1f\x8b\x08".to_vec()),
        ("a.pt", zip.finish().unwrap().into_inner()),
        ("a.png", b"\x89PNG\r\n\x1a\n".to_vec()),
    ]);
    for (name, parts) in [
        ("a.pkl", ["a Python pickle", "never loaded"]),
        ("a.npy.gz", ["compressed with gzip", "gunzip"]),
        ("a.pt", ["torch.save", "numpy.savez"]),
        ("a.png", ["a single picture", "numpy.stack"]),
    ] {
        let path = folder.path().join(name);
        let (_out, arguments) =
            import(&format!("--images {} --responses @responses-f64.npy", path.to_str().unwrap()));
        refusal(&arguments, 1, &parts);
    }
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_do_not_block_a_command() {
    let folder = folder_of(&[]);
    let pipe = folder.path().join("pipe.npy");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for file in [pipe, "/dev/zero"] {
        for arguments in [
            format!("--images {file} --responses @responses-f64.npy"),
            format!("--images @images.npy --responses {file} --responses-key a"),
            format!("--images @images.npy --responses @responses-f64.npy --groups {file}"),
        ] {
            let (out, arguments) = import(&arguments);
            refusal(&arguments, 1, &[file, "a pipe or a device"]);
            assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
        }
    }
}
