use super::*;
use crate::libtorch::recipe::{Recipe, Wheel, for_platform};
use std::cell::Cell;
use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Returns a minimal wheel.
fn wheel_bytes() -> Vec<u8> {
    let mut archive = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, contents) in [
        ("torch/lib/libtorch.dylib", "library"),
        ("torch/lib/libtorch_python.dylib", "not wanted"),
        ("torch/include/torch/torch.h", "header"),
        ("torch/include/c10/macros.h", "other header"),
        ("torch/__init__.py", "not wanted"),
    ] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(contents.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Calls `test` with a recipe for the minimal wheel and an empty folder.
fn with_recipe(test: impl FnOnce(&Recipe<'_>, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wheel");
    fs::write(&file, wheel_bytes()).unwrap();
    let wheel = Wheel {
        requirement: "torch==2.13.0",
        platform: "any",
        file: "torch.whl",
        size: 1,
        sha256: &pathscope_core::files::checkpoint::sha256(&file).unwrap(),
        libraries: &["torch/lib/libtorch.dylib"],
        include: Some("torch/include/"),
    };
    fs::remove_file(file).unwrap();
    test(&Recipe { wheels: &[wheel], makes_libtorch: false, unpacked: 1 }, folder.path());
}

fn download(wheel: &Wheel<'_>, folder: &Path) -> Result<()> {
    Ok(fs::write(folder.join(wheel.file), wheel_bytes())?)
}

fn no_download(_: &Wheel<'_>, _: &Path) -> Result<()> {
    panic!("nothing needs to be downloaded")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn known_platforms() {
    for (os, arch, tag) in [
        ("linux", "x86_64", "manylinux_2_28_x86_64"),
        ("linux", "aarch64", "manylinux_2_28_aarch64"),
        ("macos", "aarch64", "macosx_14_0_arm64"),
    ] {
        let recipe = for_platform(os, arch).unwrap();
        assert_eq!(recipe.wheels[0].platform, tag);
        assert!(recipe.libraries().any(|name| name.starts_with("libtorch_cpu.")));
        assert!(recipe.libraries().any(|name| name.starts_with("libtorch.")));
        for wheel in recipe.wheels {
            assert_eq!(wheel.sha256.len(), 64, "{}", wheel.file);
        }
    }
    for (os, arch) in [("macos", "x86_64"), ("windows", "x86_64"), ("linux", "riscv64")] {
        let message = for_platform(os, arch).unwrap_err().to_string();
        assert!(message.contains("LIBTORCH") && message.contains("LIBTORCH_USE_PYTORCH=1"), "{message}");
    }
}

#[test]
fn a_libtorch_of_the_user_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let given = Some(folder.path().as_os_str().to_owned());
    let expected = Some(Libtorch::Folder(folder.path().to_owned()));
    assert_eq!(brought_by_user(None, given.clone()).unwrap(), expected);
    assert_eq!(brought_by_user(Some("1".into()), given).unwrap(), Some(Libtorch::Pytorch));
    assert_eq!(brought_by_user(None, None).unwrap(), None);
    assert_eq!(brought_by_user(None, Some("".into())).unwrap(), None);
    let missing = folder.path().join("missing").into_os_string();
    assert!(brought_by_user(None, Some(missing)).unwrap_err().to_string().contains("unset it"));
}

#[test]
fn libraries_and_headers_are_taken_out_of_a_wheel() {
    with_recipe(|recipe, home| {
        let folder = cache::provide(recipe, home, &|work| make(recipe, work, &download)).unwrap();
        assert_eq!(names(&folder), ["build-version", "include", "lib"]);
        assert_eq!(names(&folder.join("lib")), ["libtorch.dylib"]);
        assert_eq!(fs::read(folder.join("include/torch/torch.h")).unwrap(), b"header");
        assert_eq!(names(&folder.join("include")), ["c10", "torch"]);
        assert_eq!(fs::read_to_string(folder.join("build-version")).unwrap().trim(), recipe::VERSION);
        // Only the lock is left, and a second call does nothing.
        assert_eq!(names(home).len(), 2);
        let again = cache::provide(recipe, home, &|work| make(recipe, work, &no_download)).unwrap();
        assert_eq!(again, folder);
    });
}

#[test]
fn another_hash_is_refused_and_the_file_removed() {
    with_recipe(|recipe, home| {
        let damaged = |wheel: &Wheel<'_>, folder: &Path| {
            download(wheel, folder)?;
            Ok(fs::write(folder.join(wheel.file), b"damaged")?)
        };
        let error = cache::provide(recipe, home, &|work| make(recipe, work, &damaged)).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains("torch.whl has the SHA-256") && message.contains("removed"), "{message}");
        let work = home.join(recipe.folder_name() + ".unfinished");
        assert_eq!(names(&work.join("wheels")), [""; 0]);
        assert!(!home.join(recipe.folder_name()).exists());
    });
}

#[test]
fn an_unexpected_wheel_is_refused() {
    with_recipe(|recipe, home| {
        let error = wheels::fetch(recipe, home, &|_, _| Ok(())).unwrap_err();
        assert!(error.to_string().contains("pip config list"), "{error}");
    });
}

#[test]
fn an_interrupted_run_is_resumed() {
    with_recipe(|recipe, home| {
        let work = home.join(recipe.folder_name() + ".unfinished");
        fs::create_dir_all(work.join("wheels")).unwrap();
        fs::create_dir_all(work.join("libtorch/lib")).unwrap();
        fs::write(work.join("libtorch/lib/half"), b"").unwrap();
        // Half a wheel is downloaded again …
        fs::write(work.join("wheels/torch.whl"), b"half").unwrap();
        let downloads = Cell::new(0);
        let count = |wheel: &Wheel<'_>, folder: &Path| {
            downloads.set(downloads.get() + 1);
            download(wheel, folder)
        };
        make(recipe, &work, &count).unwrap();
        assert_eq!(downloads.get(), 1);
        // … and a complete one is not, here when only the renaming is missing.
        let folder = cache::provide(recipe, home, &|work| make(recipe, work, &no_download)).unwrap();
        assert_eq!(names(&folder.join("lib")), ["libtorch.dylib"]);
    });
}

#[test]
fn a_folder_that_lacks_something_is_not_finished() {
    for missing in ["build-version", "lib/libtorch.dylib", "include"] {
        with_recipe(|recipe, home| {
            let folder = cache::provide(recipe, home, &|work| make(recipe, work, &download)).unwrap();
            assert!(cache::is_finished(recipe, &folder));
            let path = folder.join(missing);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
            assert!(!cache::is_finished(recipe, &folder), "{missing}");
            cache::provide(recipe, home, &|work| make(recipe, work, &download)).unwrap();
            assert!(cache::is_finished(recipe, &folder), "{missing}");
        });
    }
}

#[test]
fn two_processes_make_one_folder() {
    with_recipe(|recipe, home| {
        let downloads = AtomicUsize::new(0);
        let count = |wheel: &Wheel<'_>, folder: &Path| {
            downloads.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(20));
            download(wheel, folder)
        };
        let both = std::thread::scope(|scope| {
            let provide = || cache::provide(recipe, home, &|work| make(recipe, work, &count)).unwrap();
            [scope.spawn(provide), scope.spawn(provide)].map(|thread| thread.join().unwrap())
        });
        assert_eq!(both[0], both[1]);
        assert!(cache::is_finished(recipe, &both[0]));
        assert_eq!(downloads.into_inner(), 1);
    });
}

#[test]
fn a_full_disk_is_known_before_anything_is_downloaded() {
    with_recipe(|recipe, home| {
        let large = Recipe { unpacked: u64::MAX - 1, ..recipe.clone() };
        let error = make(&large, home, &no_download).unwrap_err().to_string();
        assert!(error.contains("free") && error.contains("PATHSCOPE_CACHE"), "{error}");
    });
}
