//! Formatting of numbers and tables as text.

pub use super::shown::shown;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Returns a number with six significant digits.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor();
    if !(-5.0..7.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let decimals = (5.0 - magnitude).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Returns a number with six significant digits, or `-` if it is missing.
pub fn optional(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), number)
}

/// Returns a number and a noun: `1 model`, `2 models`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", plural(count))
}

/// Returns the ending of a regular noun for a count: `s`, or nothing for 1.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Returns items as one text, with commas between them.
pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// Returns a shape as text, such as `8x8x3x3` where the separator is `x`.
pub fn shape(extents: &[usize], separator: &str) -> String {
    extents.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// Returns a table with a line under its header. The columns with a number in `right` are right-aligned.
pub fn table(
    head: &[&str],
    right: std::ops::Range<usize>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(right.start).take(right.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.98589826, "0.985898"),
            (1234567.8, "1234568"),
            (123456789.0, "1.23457e8"),
            (0.00012345678, "0.000123457"),
            (1e-7, "1.00000e-7"),
            (100.0, "100"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
