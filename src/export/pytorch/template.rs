//! A text with marked places.

/// The beginning of a line that marks a place. The place's name follows.
const MARK: &str = "# pathscope: ";

/// The word that follows [`MARK`] on the line that ends a place.
const END: &str = "end";

/// A Python text with marked places, each from a line `# pathscope: NAME` to a line `# pathscope: end`.
pub(super) struct Template(pub &'static str);

/// A change to the text at a place.
pub(super) enum Edit {
    Keep,
    Remove,
    /// Replaces the text with other lines.
    Replace(String),
}

impl Template {
    /// Returns the text with every place edited and the marks removed.
    pub(super) fn fill(&self, edit: impl Fn(&str) -> Edit) -> String {
        let mut filled = String::with_capacity(self.0.len());
        let mut kept = true;
        for line in self.0.split_inclusive('\n') {
            match line.strip_prefix(MARK).map(str::trim_end) {
                None if kept => filled.push_str(line),
                None => {}
                Some(END) => kept = true,
                Some(place) => match edit(place) {
                    Edit::Keep => {}
                    Edit::Remove => kept = false,
                    Edit::Replace(lines) => {
                        filled.push_str(&lines);
                        kept = false;
                    }
                },
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: Template = Template("before\n# pathscope: place\nexample\n# pathscope: end\nafter\n");

    #[test]
    fn the_text_at_a_place_is_kept_removed_or_replaced() {
        assert_eq!(TEMPLATE.fill(|_| Edit::Keep), "before\nexample\nafter\n");
        assert_eq!(TEMPLATE.fill(|_| Edit::Remove), "before\nafter\n");
        assert_eq!(TEMPLATE.fill(|place| Edit::Replace(format!("a {place}\n"))), "before\na place\nafter\n");
    }
}
