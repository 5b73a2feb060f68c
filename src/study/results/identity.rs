//! The written form of identities of models and configurations.

/// The number of hexadecimal digits of an identity.
const DIGITS: usize = 16;

/// A kind of thing that has an identity. The letter at its beginning keeps spreadsheets from reading an
/// identity as a number: digits with a single `e` among them would be converted and rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identified {
    Model,
    Configuration,
}

impl Identified {
    fn prefix(self) -> &'static str {
        match self {
            Self::Model => "m-",
            Self::Configuration => "c-",
        }
    }

    /// Returns the identity with these digits.
    pub(crate) fn with_digits(self, digits: &str) -> String {
        format!("{}{digits}", self.prefix())
    }

    /// Returns an identity in its current form. The first versions wrote only the digits.
    pub(crate) fn parse(self, text: &str) -> Option<String> {
        let digits = text.strip_prefix(self.prefix()).unwrap_or(text);
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == DIGITS && digits.bytes().all(is_digit)).then(|| self.with_digits(digits))
    }

    /// Returns a description of the identity that was expected.
    pub(crate) fn expected(self) -> String {
        let what = match self {
            Self::Model => "model",
            Self::Configuration => "configuration",
        };
        format!("the identity of a {what}: {} and {DIGITS} hexadecimal digits, or these alone", self.prefix())
    }
}

/// Returns the digits of an identity.
pub(crate) fn digits(identity: &str) -> &str {
    identity.split_once('-').map_or(identity, |(_, digits)| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_both_forms_are_read() {
        let model = |text: &str| Identified::Model.parse(text);
        assert_eq!(model("m-7c5aa2047bfaf336").as_deref(), Some("m-7c5aa2047bfaf336"));
        assert_eq!(model("7c5aa2047bfaf336").as_deref(), Some("m-7c5aa2047bfaf336"));
        for text in
            ["", "7.0E+15", "c-7c5aa2047bfaf336", "7c5aa2047bfaf33", "7C5AA2047BFAF336", "m-7c5aa2047bfaf33g"]
        {
            assert_eq!(model(text), None, "{text}");
        }
        assert_eq!(digits("m-7c5aa2047bfaf336"), "7c5aa2047bfaf336");
    }
}
