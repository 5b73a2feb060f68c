//! The settings of connections and normalizations in layout files.

use super::support::*;
use crate::cmd::assert_says;

/// Kernels of a single value, which is their strength, and normalizations with γ and variance 1.
const TENSORS: [(&str, &[usize], &[f32]); 9] = [
    ("in.weight", &[1, 1, 1], &[2.0]),
    ("one.weight", &[1, 1, 1], &[3.0]),
    ("two.weight", &[1, 1, 1], &[5.0]),
    ("skip.weight", &[1, 1, 1], &[7.0]),
    ("bn_0.weight", &[1], &[0.5]),
    ("bn_0.running_var", &[1], &[1.0]),
    ("bn_1.weight", &[1], &[0.25]),
    ("bn_1.running_var", &[1], &[4.0]),
    ("gn.weight", &[1], &[-3.0]),
];

/// An area of CORnet-S with one convolution less. Its input feeds only the first step, and the area itself
/// feeds later steps.
fn area(name: &str, from: &str, clock: &str) -> String {
    let (inside, first) = (format!("{name}.in"), format!("{name}.1"));
    [
        block(&inside, clock),
        block(&first, clock),
        block(name, clock),
        connection(from, &inside, "in", "iterations = \"1\""),
        connection(&inside, &first, "one", "iterations = \"1\""),
        connection(name, &first, "one", "delay = 1"),
        connection(&first, name, "two", "normalization = \"bn_{t}\""),
        connection(&inside, name, "skip", "iterations = \"1\"\nnormalization = { weight = \"gn.weight\" }"),
        connection(name, name, "", "delay = 1"),
    ]
    .concat()
}

/// The paths through an area of two steps from one path into it.
fn through_area((length, strength): (u64, f64)) -> Vec<(u64, f64)> {
    let (length, strength) = (length + 1, strength * 2.0);
    let step = |t: usize| 3.0 * 5.0 * [0.5, 0.25 / 2.0][t];
    let first = [(length + 1, strength * 7.0 * 3.0), (length + 2, strength * step(0))];
    first.into_iter().flat_map(|(length, own)| [(length, own), (length + 2, own * step(1))]).collect()
}

fn sorted(mut paths: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    paths.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    paths
}

#[test]
fn an_area_with_input_only_at_its_first_step() {
    let files = Files::new(&TENSORS, &format!("iterations = 2\n{}", area("V2", "input", "")));
    let analysis = files.analysis();
    assert_paths(&analysis.paths(), &sorted(through_area((0, 1.0))));
    assert_eq!(analysis.component("conv[3].bottom_up")["iterations"], "1");
    assert_eq!(analysis.component("bn[conv[4].bottom_up,2]")["kind"], "batch-norm");
    assert_eq!(analysis.component("bn[conv[4].bottom_up,2]")["iteration"], 2);
    assert_close(analysis.strength("bn[conv[4].skip[2]]"), 3.0);
    assert_eq!(analysis.0["conventions"]["gamma_strength"][0], "bn[conv[4].skip[2]]");
    assert_says(&files.output("analyze", &[]), &["strength of bn[conv[4].skip[2]]: mean |γ|"]);
    assert_says(&files.output("inspect", &[]), &["bn[conv[4].skip[2]] has no running variance"]);
}

/// Each area begins when the one below has finished.
#[test]
fn areas_one_after_the_other() {
    let first = area("V2", "input", "iterations = 2");
    let second = area("V4", "V2", "start = 3\niterations = 2");
    let files = Files::new(&TENSORS, &format!("iterations = 4\n{first}{second}"));
    let expected = through_area((0, 1.0)).into_iter().flat_map(through_area).collect();
    let json = files.output("analyze", &["--format", "json", "--top", "20"]);
    let analysis = Analysis(serde_json::from_str(&json).unwrap());
    assert_paths(&analysis.paths(), &sorted(expected));
}

/// Two connections with one kernel, active at different iterations, are copied separately.
#[test]
fn an_ablated_copy_keeps_the_settings_of_the_layout_file() {
    let layout = format!(
        "iterations = 3\n{}{}{}{}{}",
        block("a", ""),
        block("b", "normalization = \"bn_0\""),
        connection("input", "a", "in", "iterations = \"1\""),
        connection("a", "b", "one", "iterations = \"1\""),
        connection("b", "b", "one", "delay = 1\nfactor = 0.5")
    );
    let files = Files::new(&TENSORS, &layout);
    let paths = files.analysis().paths();
    assert_paths(&paths, &[(4, 2.0 * (3.0 * 0.5f64).powi(3) * 0.25)]);
    let out = files.folder.path().join("ablated");
    let keep = ["--keep", "4", "--bn", "shared", "--out", out.to_str().unwrap()];
    files.run("ablate", &keep).succeeded();
    let copy = out.join("without-2-3/model.safetensors");
    assert_paths(&files.analyze_other(&copy).paths(), &paths);
}

#[test]
fn figures_show_unusual_connections() {
    let layout = format!("iterations = 2\n{}", area("V2", "input", ""))
        .replace("delay = 1\n", "delay = 1\nfactor = 0.5\n");
    let files = Files::new(&TENSORS, &layout);
    let rolled = files.output("graph", &["--rolled"]);
    assert_says(&rolled, &["bottom-up, t = 1", "identity, lateral, delay 1, × 0.5", "skip, t = 1, one bn"]);
    let dot = files.output("graph", &["--rolled", "--format", "dot"]);
    assert_says(&dot, &["conv[4].bottom_up, bn per iteration", "identity[4].lateral, delay 1, × 0.5"]);
    let unrolled = files.output("graph", &["--width", "strength"]);
    // Convolution and normalization in one box: 5 · 0.5, and 7 · 3.
    assert_says(&unrolled, &["bottom-up + bn", "\n2.50\n", "\n21.0\n", "identity ×0.5", "\n0.500\n"]);
    let dot = files.output("graph", &["--format", "dot", "--width", "strength"]);
    assert_says(&dot, &["bn[conv[4].bottom_up,1]\\n0.500", "identity[4].lateral\\n0.500"]);
    files.output("graph", &["--fold", "1"]);
}

#[test]
fn a_factor_is_part_of_the_strength() {
    let layout = |more: &str| {
        format!(
            "iterations = 2\n{}{}{}",
            block("a", ""),
            connection("input", "a", "in", more),
            connection("a", "a", "", "delay = 1\nfactor = -0.25")
        )
    };
    let files = Files::new(&TENSORS, &layout(""));
    assert_paths(&files.analysis().paths(), &[(1, 0.5), (1, 2.0)]);
    assert_eq!(files.analysis().component("identity[2].lateral")["factor"], -0.25);
    files.describe(&layout("factor = 3.0"));
    assert_paths(&files.analysis().paths(), &[(1, 1.5), (1, 6.0)]);
    files.describe(&layout("factor = inf"));
    assert_says(&files.refusal(&[]), &["layout.toml: line 15, column 10: a factor must be a finite number"]);
}

#[test]
fn scale_and_statistics_are_shared_independently() {
    let layout = |normalization: &str| {
        let normalization = format!("normalization = {normalization}");
        format!("iterations = 2\n{}{}", block("a", &normalization), connection("input", "a", "in", ""))
    };
    let strengths = |normalization: &str| {
        let analysis = Files::new(&TENSORS, &layout(normalization)).analysis();
        analysis.strength("bn[2,2]")
    };
    assert_close(strengths("{ weight = \"bn_0.weight\", running_var = \"bn_{t}.running_var\" }"), 0.25);
    assert_close(strengths("{ weight = \"bn_{t}.weight\", running_var = \"bn_0.running_var\" }"), 0.25);
    assert_close(strengths("{ running_var = \"bn_{t}.running_var\" }"), 0.5);
    // A layer of another kind.
    assert_close(strengths("[\"bn_0\", { weight = \"gn.weight\" }]"), 3.0);
    let short = Files::new(&TENSORS, &layout("[\"bn_0\"]")).refusal(&[]);
    assert_says(&short, &["line 9, column 17", "has 1 of the 2 normalizations"]);
    let absent = Files::new(&TENSORS, &layout("\"gn\"")).refusal(&[]);
    assert_says(&absent, &["missing gn.running_var", "name its weight alone, { weight = \"gn.weight\" }"]);
}

#[test]
fn invalid_iterations() {
    for (text, said) in
        [("\"0\"", "'0' is not a list"), ("\"3-2\"", "'3-2'"), ("\"\"", "''"), ("1", "a string")]
    {
        let more = format!("iterations = {text}");
        let layout = format!("iterations = 3\n{}{}", block("a", ""), connection("input", "a", "in", &more));
        assert_says(&Files::new(&TENSORS, &layout).refusal(&[]), &["line 15, column 14", said]);
    }
    let late = format!("iterations = 3\n{}{}", block("a", "start = 4"), connection("input", "a", "in", ""));
    assert_says(&Files::new(&TENSORS, &late).refusal(&[]), &["line 9, column 9", "from 1 to the 3"]);
    let long = late.replace("start = 4", "start = 2\niterations = 3");
    assert_says(&Files::new(&TENSORS, &long).refusal(&[]), &["line 10, column 14", "from 1 to 2 iterations"]);
}

#[test]
fn too_few_iterations_are_refused_with_a_sufficient_number() {
    let layout = |more: &str| {
        format!(
            "{}{}{}{}",
            block("a", ""),
            block("b", ""),
            connection("input", "a", "in", "delay = 1"),
            connection("a", "b", "one", more)
        )
    };
    let files = Files::new(&TENSORS, &layout("delay = 2"));
    let said = files.refusal(&["--iterations", "1"]);
    assert_says(&said, &["within 1 iteration: 4 are enough", "--iterations 4"]);
    files.run("analyze", &["--iterations", "3"]).refused(1, &[]);
    files.run("analyze", &["--iterations", "4"]).succeeded();
    files.describe(&layout("iterations = \"7-\""));
    assert_says(&files.refusal(&["--iterations", "2"]), &["within 2 iterations: 7 are enough"]);
    files.describe(&layout("iterations = \"1\""));
    assert_says(
        &files.refusal(&["--iterations", "2"]),
        &["within 2 iterations: check where its connections"],
    );
}

#[test]
fn paths_cannot_each_have_the_normalization_of_a_connection() {
    let files = Files::new(&TENSORS, &format!("iterations = 2\n{}", area("V2", "input", "")));
    let out = files.folder.path().join("ablated");
    let words = ["conv[4].bottom_up has a normalization of its own", "--bn shared"];
    files.run("ablate", &["--remove", "3", "--out", out.to_str().unwrap()]).refused(1, &words);
    assert!(!out.exists());
}
