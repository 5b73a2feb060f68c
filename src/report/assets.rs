//! The files of the page that are the same in every report.

/// The frame of the page, with places such as `{{title}}`.
pub(super) const PAGE: &str = include_str!("page/page.html");

/// The style sheet.
pub(super) const STYLE: &str = include_str!("page/style.css");

/// The scripts, which share one scope; the last starts the page.
pub(super) const SCRIPTS: [&str; 16] = [
    include_str!("page/magnitude.js"),
    include_str!("page/graph.js"),
    include_str!("page/totals.js"),
    include_str!("page/paths.js"),
    include_str!("page/elements.js"),
    include_str!("page/unrolled.js"),
    include_str!("page/layered.js"),
    include_str!("page/rolled.js"),
    include_str!("page/drawing.js"),
    include_str!("page/charts.js"),
    include_str!("page/components.js"),
    include_str!("page/model.js"),
    include_str!("page/contributions.js"),
    include_str!("page/comparison.js"),
    include_str!("page/study.js"),
    include_str!("page/page.js"),
];
