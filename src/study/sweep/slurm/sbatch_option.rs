//! Options of `sbatch` as typed by the user.

use super::SlurmError;
use super::quoting::{refused, sbatch_line};

/// The name of the option, for errors.
const WHAT: &str = "--sbatch-option";

/// The options that the batch script sets itself or that would prevent its submission, with their letters
/// and what to do instead.
const CONTRADICTING: [(&str, Option<char>, &str); 13] = [
    ("array", Some('a'), "arrays follow from the models: give --chunk and --most-at-once"),
    ("output", Some('o'), LOGS),
    ("error", Some('e'), LOGS),
    ("open-mode", None, LOGS),
    ("job-name", Some('J'), "jobs are named after the study: leave it out"),
    ("comment", None, "jobs are found again by their comment: leave it out"),
    ("requeue", None, REQUEUE),
    ("no-requeue", None, REQUEUE),
    (
        "signal",
        None,
        "the script has a signal of its own, which tells tasks to save their state: leave it out",
    ),
    ("wait", Some('W'), "the command does not wait for jobs: leave it out and use `pathscope sweep status`"),
    ("wrap", None, "tasks have their own script: leave it out"),
    ("test-only", None, "nothing would be submitted: give --dry-run, which prints the scripts"),
    ("parsable", None, "it is already set: leave it out"),
];

const LOGS: &str =
    "logs are in slurm/ in the folder of the sweep, as `pathscope sweep status` shows: leave it out";
const REQUEUE: &str = "tasks requeue themselves and resume from their saved state: leave it out";

/// The letters of options without a value, which can precede another option: `-Ha0-7`.
const FLAGS: &str = "HhkOQsvVX";

/// Returns an option in the form for an `#SBATCH` line.
///
/// # Errors
///
/// Returns [`SlurmError::Value`] if it is not an option, does not fit into a line or contradicts the
/// script.
pub(super) fn checked(option: &str) -> Result<&str, SlurmError> {
    let trimmed = option.trim();
    sbatch_line(WHAT, trimmed)?;
    if !trimmed.starts_with('-') {
        let problem = "expected an option of sbatch, such as --constraint=a100";
        return Err(refused(WHAT, option, problem));
    }
    for word in split(trimmed) {
        if let Some((.., problem)) = CONTRADICTING.iter().find(|(name, letter, _)| is(&word, name, *letter)) {
            return Err(refused(WHAT, option, problem));
        }
    }
    Ok(trimmed)
}

/// Returns whether a word is an option, possibly abbreviated as `sbatch` allows: `--out` for `--output`.
fn is(word: &str, name: &str, letter: Option<char>) -> bool {
    if let Some(long) = word.strip_prefix("--") {
        let given = long.split_once('=').map_or(long, |(given, _)| given);
        return given.len() > 1 && name.starts_with(given);
    }
    let letters = word.strip_prefix('-').map(|letters| letters.trim_start_matches(|c| FLAGS.contains(c)));
    letters.is_some_and(|letters| letter.is_some() && letters.chars().next() == letter)
}

/// Returns whether an option asks for GPUs: `--gpus…`, `-G`, or `--gres` and `--tres-…` with GPUs.
pub(super) fn asks_for_gpus(option: &str) -> bool {
    let words = split(option);
    let asks = |(index, word): (usize, &String)| {
        let (name, value) =
            word.split_once('=').unwrap_or((word, words.get(index + 1).map_or("", String::as_str)));
        let of_any_kind = name.starts_with("--gres") || name.starts_with("--tres");
        (name.starts_with("--gpus") || word.starts_with("-G")) || (of_any_kind && value.contains("gpu"))
    };
    words.iter().enumerate().any(asks)
}

/// Returns the clusters that an option names: `--clusters` or `-M`.
pub(super) fn clusters(option: &str) -> Option<String> {
    let words = split(option);
    let place = words.iter().position(|word| is(word, "clusters", Some('M')))?;
    let word = &words[place];
    let value = match word.split_once('=') {
        Some((_, value)) => value,
        None if word.starts_with("--") || word.len() == 2 => words.get(place + 1)?,
        None => &word[2..],
    };
    Some(value.to_owned())
}

/// Splits a line into words as `sbatch` does: see `_get_argument` in its `opt.c`.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut characters = line.chars().peekable();
    while characters.next_if(|c| c.is_whitespace()).is_some() {}
    while characters.peek().is_some() {
        let (mut word, mut quote) = (String::new(), None);
        while let Some(c) = characters.next_if(|c| quote.is_some() || !c.is_whitespace()) {
            match (c, quote) {
                ('\\', _) => word.extend(characters.next()),
                (c, Some(q)) if c == q => quote = None,
                ('"' | '\'', None) => quote = Some(c),
                ('#', None) => {
                    characters.by_ref().for_each(drop);
                    break;
                }
                _ => word.push(c),
            }
        }
        words.push(word);
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_the_script_is_refused() {
        for option in [
            "--array=0-7",
            "-a 0-7",
            "-a0-7",
            "-Ha0-7",
            "--arr=0",
            "--output=x",
            "-o x",
            "--out=x",
            "--error x",
            "-ex",
            "--open-mode=truncate",
            "--requeue",
            "--no-requeue",
            "--signal=TERM@60",
            "--job-name=x",
            "-Jx",
            "--wait",
            "-W",
            "--comment=mine",
            "--constraint=a100 --array=0-3",
            "--test-only",
            "--wrap=true",
        ] {
            let error = checked(option).unwrap_err().to_string();
            assert!(error.starts_with("--sbatch-option is "), "{option}: {error}");
        }
    }

    #[test]
    fn others_are_passed_on() {
        for option in [
            "--constraint=\"a|b\"",
            " -x node7 ",
            "--account=a",
            "--acctg-freq=30",
            "--nodes=1",
            "--wait-all-nodes=1",
            "--export=ALL",
            "--exclusive",
            "--mail-type=END",
            "--hold",
            "-H",
            "--reservation=r",
            "--nice",
            "-A a",
            "--exclude='a -o b'",
            "--begin=now+1hour",
        ] {
            assert_eq!(checked(option).unwrap(), option.trim());
        }
    }

    #[test]
    fn gpus_are_asked_for_in_many_ways() {
        for option in [
            "--gres=gpu:1",
            "--gres gpu:a100:1",
            "--gpus-per-node=1",
            "--gpus-per-task=1",
            "-G1",
            "--tres-per-task=gres/gpu:1",
        ] {
            assert!(asks_for_gpus(option), "{option}");
        }
        for option in ["--gres=scratch:10G", "--gpu-freq=low", "--constraint=gpu", "--gid=1"] {
            assert!(!asks_for_gpus(option), "{option}");
        }
    }

    #[test]
    fn clusters_are_found() {
        for option in ["--clusters=west", "--clusters west", "-M west", "-Mwest"] {
            assert_eq!(clusters(option).as_deref(), Some("west"), "{option}");
        }
        assert_eq!(clusters("--mem=1G"), None);
    }
}
