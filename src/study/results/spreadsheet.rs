//! Detection of the traces that spreadsheets leave in the tables that they save.

/// Advice about a table that a spreadsheet has changed.
const INSTEAD: &str = "use the original table, or write Parquet with `pathscope sweep collect`";

/// The first letters of months, as abbreviated by spreadsheets in some languages.
const MONTHS: [&str; 28] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mrz", "mai",
    "okt", "dez", "fév", "fev", "avr", "jui", "aoû", "déc", "ene", "abr", "ago", "dic", "mag",
];

/// The words for true, false and errors.
const TRUTHS: [&str; 10] =
    ["true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso", "vero", "verdadeiro"];

/// Returns advice about an unexpected value, which says so if a spreadsheet changed it.
///
/// # Arguments
///
/// * `found` - the value, possibly between quotes
pub(super) fn remedy(found: &str) -> String {
    match trace(found.trim_matches('\'')) {
        Some(what) => format!("a spreadsheet changed it: it is {what} now; {INSTEAD}"),
        None => "correct it, or write the table again with `pathscope sweep collect`".to_owned(),
    }
}

/// Returns what a spreadsheet made of a value that cannot be read.
fn trace(value: &str) -> Option<&'static str> {
    let text = value.trim().to_lowercase();
    if is_time(&text) {
        Some("a time of day")
    } else if is_date(&text) {
        Some("a date")
    } else if TRUTHS.contains(&text.as_str()) {
        Some("a boolean")
    } else if text.strip_suffix('%').is_some_and(|number| is_number(number.trim_end())) {
        Some("a percentage")
    } else if is_scientific(&text) {
        Some("a rounded number in scientific notation")
    } else if text.contains(',') && is_number(&text) {
        Some("a number with a comma")
    } else if text.starts_with('#') {
        Some("an error of a formula or of a narrow column")
    } else {
        None
    }
}

fn digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a text is a time such as `02:01:00`, `2:01`, `2:01:00 PM` or `02:01.0`.
fn is_time(text: &str) -> bool {
    let text = text.trim_end_matches("am").trim_end_matches("pm").trim_end();
    let parts: Vec<&str> = text.split([':', '.']).collect();
    text.contains(':') && (2..=4).contains(&parts.len()) && parts.iter().all(|part| digits(part, 3))
}

/// Returns whether a text is a date such as `03-Jan`, `2026-03-01`, `1/3/2026`, `01.03.26` or `Jan 26`,
/// possibly with a time of day.
fn is_date(text: &str) -> bool {
    let day = match text.rsplit_once([' ', 't']) {
        Some((day, time)) if is_time(time) => day,
        _ => text,
    };
    let parts: Vec<&str> = day.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let months = parts.iter().filter(|part| MONTHS.iter().any(|month| part.starts_with(month))).count();
    let numbers = parts.iter().filter(|part| digits(part, 4)).count();
    let all = parts.len();
    (all == 2 || all == 3)
        && months + numbers == all
        && (months == 1 || (months == 0 && all == 3) || day.contains('/'))
}

/// Returns whether a text is a number such as `7.03E+15`, possibly with a decimal comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('e') else { return false };
    let exponent = exponent.trim_start_matches(['+', '-']);
    is_number(mantissa) && digits(exponent, 3)
}

/// Returns whether a text consists of digits with points or commas between them, and possibly a sign.
fn is_number(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '+']);
    !text.is_empty() && text.split([',', '.']).all(|part| digits(part, 20))
}

/// Returns what is wrong with a whole file if a spreadsheet saved it in another form than comma-separated
/// UTF-8.
pub(super) fn wrong_form(bytes: &[u8]) -> Option<String> {
    let has_mark = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if has_mark || bytes.iter().take(2).any(|&byte| byte == 0) {
        return Some(format!(
            "it is UTF-16, as spreadsheets save 'Unicode text', expected UTF-8: save it as 'CSV UTF-8 (comma delimited)', or {INSTEAD}"
        ));
    }
    let head = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let columns = |separator: char| head.split(separator).count();
    let separated = |by: &str| {
        format!(
            "its columns are separated by {by}, as some spreadsheets save them, expected commas: save it as 'CSV UTF-8 (comma delimited)' with a decimal point, or {INSTEAD}"
        )
    };
    if head.to_lowercase().trim_start_matches(['\u{feff}', '"']).starts_with("sep=") {
        return Some(separated("the character in its first line"));
    }
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|&(separator, _)| columns(separator) > columns(',').max(2))
        .map(|(_, by)| separated(by))
}

/// Returns what is wrong with the column names if a spreadsheet added columns at the end.
pub(super) fn wrong_names<'a>(names: impl DoubleEndedIterator<Item = &'a str>) -> Option<String> {
    let unnamed = names.rev().take_while(|name| name.trim().is_empty()).count();
    (unnamed > 0).then(|| {
        let columns = if unnamed == 1 {
            "the last column has".to_owned()
        } else {
            format!("the last {unnamed} columns have")
        };
        format!("{columns} no name: a spreadsheet changed it: remove them, or {INSTEAD}")
    })
}

/// Returns the message about a row with more or fewer cells than columns.
///
/// # Arguments
///
/// * `row` - the number of the row, from 1 below the header
/// * `cells`, `columns` - the numbers of cells and columns
pub(super) fn uneven(row: u64, cells: u64, columns: usize) -> String {
    let likely = if cells > columns as u64 {
        ": numbers with a decimal comma, as some spreadsheets write them, are two"
    } else {
        ": it was cut short"
    };
    format!("row {row} has {cells} cells, and the header {columns}{likely}; {INSTEAD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_changed_by_a_spreadsheet_are_recognized() {
        for (value, what) in [
            ("03-Jan", "a date"),
            ("Jan-03", "a date"),
            ("03. Mrz", "a date"),
            ("2026-03-01", "a date"),
            ("2026-03-01 00:00:00", "a date"),
            ("1/3/2026", "a date"),
            ("1/3", "a date"),
            ("01.03.2026", "a date"),
            ("02:01:00", "a time of day"),
            ("2:01 PM", "a time of day"),
            ("TRUE", "a boolean"),
            ("WAHR", "a boolean"),
            ("100%", "a percentage"),
            ("12,5 %", "a percentage"),
            ("7.03E+15", "a rounded number in scientific notation"),
            ("7,03E+15", "a rounded number in scientific notation"),
            ("0,5", "a number with a comma"),
            ("1,400", "a number with a comma"),
            ("#NAME?", "an error of a formula or of a narrow column"),
            ("#####", "an error of a formula or of a narrow column"),
        ] {
            assert_eq!(trace(value), Some(what), "{value}");
        }
        for value in
            ["much", "posson", "-1400", "", "1-3", "1-3,5", "some", "0.1.x", "nan", "-", "march", "1:0.5 2:x"]
        {
            assert_eq!(trace(value), None, "{value}");
        }
    }
}
