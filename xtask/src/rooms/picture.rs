//! The picture of the rooms, with a row for each room and a dot for every room that it imports.

use super::imports::Import;
use super::table::{PACKAGES, Package};
use std::fmt::Write;

const WIDTH: usize = 860;
/// The height of a row, and the width of a column of dots.
const STEP: usize = 24;
/// The positions of the rooms' contents and of the dots.
const CONTENTS: usize = 110;
const DOTS: usize = 590;
/// The height above the rows of a package, for its name and the names of its columns.
const HEAD: usize = 104;
const STYLE: &str = "text{font:14px Helvetica,Arial,sans-serif;fill:#222}.p{font-weight:bold;font-size:16px}\
    .r{font-weight:bold}.c{fill:#555}.g{stroke:#ddd}.d{fill:#0a6}.s{fill:#bbb}";

/// Draws the rooms of all packages as SVG.
pub(super) fn draw(imports: &[Import]) -> String {
    let rows: usize = PACKAGES.iter().map(|package| package.rooms.len()).sum();
    let height = rows * STEP + PACKAGES.len() * HEAD + 34;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\n\
         <title>The rooms of pathscope: a dot where the room of a row imports that of a column</title>\n\
         <style>{STYLE}</style>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let mut top = 0;
    for (index, package) in PACKAGES.iter().enumerate() {
        draw_package(&mut svg, package, top, imports.iter().filter(|import| import.package == index));
        top += HEAD + package.rooms.len() * STEP;
    }
    let note =
        "A dot: the room of the row imports the room of the column. No dot stands right of the grey squares.";
    line(&mut svg, format_args!("<text class=\"c\" x=\"12\" y=\"{}\">{note}</text>", height - 12));
    svg.push_str("</svg>\n");
    svg
}

fn draw_package<'a>(
    svg: &mut String,
    package: &Package,
    top: usize,
    imports: impl Iterator<Item = &'a Import>,
) {
    let middle = |row: usize| top + HEAD + row * STEP + STEP / 2;
    let column = |room: usize| DOTS + room * STEP + STEP / 2;
    line(svg, format_args!("<text class=\"p\" x=\"12\" y=\"{}\">{}</text>", top + HEAD - 12, package.name));
    for (index, room) in package.rooms.iter().enumerate() {
        let (x, y) = (column(index), middle(index));
        let (name, contents) = (room.name, room.contents);
        let (base, above) = (y + 5, top + HEAD - 8);
        line(
            svg,
            format_args!("<line class=\"g\" x1=\"12\" x2=\"{x}\" y1=\"{0}\" y2=\"{0}\"/>", y + STEP / 2),
        );
        line(svg, format_args!("<text class=\"r\" x=\"12\" y=\"{base}\">{name}</text>"));
        line(svg, format_args!("<text class=\"c\" x=\"{CONTENTS}\" y=\"{base}\">{contents}</text>"));
        line(svg, format_args!("<text transform=\"translate({},{above}) rotate(-60)\">{name}</text>", x + 4));
        line(
            svg,
            format_args!("<rect class=\"s\" x=\"{}\" y=\"{}\" width=\"8\" height=\"8\"/>", x - 4, y - 4),
        );
    }
    for import in imports {
        let (x, y) = (column(import.to), middle(import.from));
        line(svg, format_args!("<circle class=\"d\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"));
    }
}

fn line(svg: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(svg, "{text}");
}
