//! Contributions as frames.

use super::{PATH_SEPARATOR, TableError, frame, integers, numbers, strings};
use pathscope_core::analysis::contributions::{
    ContributionsDocument, ExplainedPart, Mark, PartShare, Summary,
};
use pathscope_core::statistics::Interval;
use polars::prelude::{Column, DataFrame};

/// A row of the table: a summary, one of its parts, and the share of recordings that the part explains.
type Row<'a> = (&'a Summary, &'a PartShare, Option<&'a ExplainedPart>);

/// Returns a table of contributions with one row for each unit and part, the biases last.
///
/// The columns are `unit` (missing for all units together), `by` (the property that distinguishes parts),
/// `mark` (its value; missing for the biases), `mean_absolute`, `share`, `mean`, `variance_share` and, for
/// lengths, `strength` (the probability by strength). With recordings there are also `covariance_share`,
/// `cc_raw` and `cc_norm2`, and for single paths `path`. The ends of an interval are in two further columns,
/// which end with `_low` and `_high`.
///
/// A contribution under frozen gates is not the effect of removing paths, which changes gates downstream.
///
/// # Arguments
///
/// * `summaries` - the summaries in `document` that get rows: of all units together, of each unit, or of some
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn contributions<'a>(
    document: &ContributionsDocument,
    summaries: impl IntoIterator<Item = &'a Summary>,
) -> Result<DataFrame, TableError> {
    let rows: Vec<Row<'a>> = summaries.into_iter().flat_map(rows).collect();
    let share = |of: fn(&PartShare) -> Option<f64>| rows.iter().map(move |(_, part, _)| of(part));
    let mut columns = vec![
        integers("unit", rows.iter().map(|(summary, ..)| summary.unit)),
        strings("by", rows.iter().map(|_| Some(document.summary.mark.to_string()))),
        integers("mark", rows.iter().map(|(_, part, _)| part.mark)),
        numbers("mean_absolute", share(|part| Some(part.mean_absolute))),
        numbers("share", share(|part| part.share)),
    ];
    columns.extend(interval("share", rows.iter().map(|(_, part, _)| part.share_interval)));
    columns.push(numbers("mean", share(|part| Some(part.mean))));
    columns.push(numbers("variance_share", share(|part| part.variance_share)));
    columns.extend(interval("variance_share", rows.iter().map(|(_, part, _)| part.variance_share_interval)));
    if let Some(strength) =
        document.summary.strength.as_ref().filter(|_| document.summary.mark == Mark::Length)
    {
        let probability = |part: &PartShare| strength.probability(part.mark?);
        columns.push(numbers("strength", rows.iter().map(|(_, part, _)| probability(part))));
    }
    if document.summary.population.explained.is_some() {
        columns.extend(explained(&rows));
    }
    if document.summary.mark == Mark::Path {
        let path = |part: &PartShare| {
            Some(document.paths.get(part.mark?.checked_sub(1)?)?.path.join(PATH_SEPARATOR))
        };
        columns.push(strings("path", rows.iter().map(|(_, part, _)| path(part))));
    }
    frame(columns)
}

/// Returns the rows of a summary, the biases last.
fn rows(summary: &Summary) -> impl Iterator<Item = Row<'_>> {
    let explained =
        |mark: Option<usize>| summary.explained.as_ref()?.parts.iter().find(|part| part.mark == mark);
    let parts = summary.parts.iter().chain([&summary.biases]);
    parts.map(move |part| (summary, part, explained(part.mark)))
}

/// Returns the columns of the shares of recordings that parts explain.
fn explained(rows: &[Row<'_>]) -> Vec<Column> {
    let explained = || rows.iter().map(|(.., explained)| *explained);
    let mut columns =
        vec![numbers("covariance_share", explained().map(|explained| explained?.covariance_share))];
    let share_interval = |explained: Option<&ExplainedPart>| explained?.covariance_share_interval;
    columns.extend(interval("covariance_share", explained().map(share_interval)));
    columns.push(numbers("cc_raw", explained().map(|explained| Some(explained?.cc_raw))));
    let correlation_interval = |explained: Option<&ExplainedPart>| explained?.cc_raw_interval;
    columns.extend(interval("cc_raw", explained().map(correlation_interval)));
    columns.push(numbers("cc_norm2", explained().map(|explained| explained?.cc_norm2)));
    columns
}

/// Returns the columns of the lower and upper ends of intervals.
pub(super) fn interval(name: &str, intervals: impl Iterator<Item = Option<Interval>> + Clone) -> [Column; 2] {
    [
        numbers(&format!("{name}_low"), intervals.clone().map(|interval| Some(interval?.low))),
        numbers(&format!("{name}_high"), intervals.map(|interval| Some(interval?.high))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::to_csv;
    use pathscope_core::analysis::contributions::Recordings;
    use pathscope_core::analysis::contributions::testing::{document_of, random_contributions};

    #[test]
    fn a_row_for_each_unit_and_part() {
        let recordings = Recordings {
            averages: random_contributions([6, 2, 1], 4).outputs,
            ceilings: vec![Some(0.7), None],
        };
        let document = document_of(&random_contributions([6, 2, 2], 2), Some(&recordings));
        let csv = to_csv(&mut contributions(&document, &document.summary.units).unwrap()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines[0],
            "unit,by,mark,mean_absolute,share,share_low,share_high,mean,variance_share,variance_share_low,\
             variance_share_high,strength,covariance_share,covariance_share_low,covariance_share_high,cc_raw,\
             cc_raw_low,cc_raw_high,cc_norm2"
        );
        let starts: Vec<String> =
            lines[1..].iter().map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join(",")).collect();
        assert_eq!(
            starts,
            ["0,length,1", "0,length,2", "0,length,", "1,length,1", "1,length,2", "1,length,"]
        );
        let cells: Vec<&str> = lines[1].split(',').collect();
        let unit = &document.summary.units[0];
        assert_eq!(cells[4].parse(), Ok(unit.parts[0].share.unwrap()));
        assert_eq!(cells[11], "0.25");
        // The first explained part belongs to the biases.
        assert_eq!(cells[15].parse(), Ok(unit.explained.as_ref().unwrap().parts[1].cc_raw));
        let all = to_csv(&mut contributions(&document, [&document.summary.population]).unwrap()).unwrap();
        assert!(all.lines().nth(1).unwrap().starts_with(",length,1,"), "{all}");
    }
}
