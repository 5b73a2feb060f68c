//! Lets the built command find libtorch where it was built against it, without `LD_LIBRARY_PATH`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = std::env::var_os("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    // Rust links only libraries that something is called in. In the CUDA half of libtorch nothing is:
    // it makes itself known when it is loaded, which libtorch.so, where it has one, brings about.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg=-Wl,--no-as-needed");
        println!("cargo::rustc-link-arg={}/libtorch.so", folder.display());
        println!("cargo::rustc-link-arg=-Wl,--as-needed");
    }
}
