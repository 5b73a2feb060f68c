//! Suggestions for spellings of earlier versions.

use pathscope::figures::Diagram;
use std::path::Path;

/// Returns what to type instead of a spelling of an earlier version, or `None` for any other.
///
/// # Arguments
///
/// * `arguments` - the arguments of the command, without its own name
pub(super) fn new_spelling(arguments: &[String]) -> Option<String> {
    let command = arguments.iter().position(|argument| !argument.starts_with('-'))?;
    let (before, after) = (&arguments[..command], &arguments[command + 1..]);
    let renewed = match arguments[command].as_str() {
        "figure" => diagram(after)?,
        "notebook" => notebook(after)?,
        _ => return None,
    };
    let words = before.iter().chain(&renewed).map(|word| quoted(word));
    Some(["pathscope".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// Translates `figure 5 --model FILE` into `diagram path-lengths FILE`.
fn diagram(arguments: &[String]) -> Option<Vec<String>> {
    let mut rest = arguments.to_vec();
    let number = rest.iter().position(|argument| argument.parse::<Diagram>().is_ok())?;
    let diagram: Diagram = rest.remove(number).parse().ok()?;
    let flag = rest.iter().position(|argument| argument == "--model" || argument.starts_with("--model="))?;
    let model = match rest.remove(flag).split_once('=') {
        Some((_, model)) => model.to_owned(),
        None if flag < rest.len() => rest.remove(flag),
        None => return None,
    };
    Some(["diagram".to_owned(), diagram.to_string(), model].into_iter().chain(rest).collect())
}

/// Translates `notebook FILE…` into `notebook study FILE…` or `notebook model FILE`.
fn notebook(arguments: &[String]) -> Option<Vec<String>> {
    let first = arguments.first()?;
    if ["study", "model", "help", "-h", "--help"].contains(&first.as_str()) {
        return None;
    }
    let is_table = |argument: &String| {
        let path = Path::new(argument);
        let is_named_so = path.extension().is_some_and(|ending| ending == "csv" || ending == "parquet");
        is_named_so && !path.is_dir()
    };
    let about = if arguments.iter().any(is_table) { "study" } else { "model" };
    Some(["notebook", about].into_iter().map(str::to_owned).chain(arguments.iter().cloned()).collect())
}

/// Quotes an argument as one word of the shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewed(line: &str) -> Option<String> {
        new_spelling(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_former_spelling_is_answered_with_the_new_one() {
        for (former, new) in [
            ("figure 5 --model run/ --out a.svg", "diagram path-lengths run/ --out a.svg"),
            ("-q figure --model=a.pth 1 --width 89", "-q diagram architecture a.pth --width 89"),
            ("notebook a.csv b.csv --out a.ipynb", "notebook study a.csv b.csv --out a.ipynb"),
            ("notebook --out a.ipynb a.parquet", "notebook study --out a.ipynb a.parquet"),
            ("notebook run/ --out a.ipynb", "notebook model run/ --out a.ipynb"),
            ("notebook it's.pth", r"notebook model 'it'\''s.pth'"),
        ] {
            assert_eq!(renewed(former), Some(format!("pathscope {new}")), "{former}");
        }
    }

    #[test]
    fn other_spellings_are_left_alone() {
        for line in [
            "figure 3a --results a.csv",
            "figure 5",
            "figure 5 --model",
            "figure --help",
            "diagram path-lengths run/",
            "notebook study a.csv",
            "notebook model run/",
            "notebook",
            "notebook --help",
            "--help",
            "table 1 --results a.csv",
        ] {
            assert_eq!(renewed(line), None, "{line}");
        }
    }
}
