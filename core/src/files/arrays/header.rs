//! The header of an `.npy` file: a Python dictionary of three known entries.
//!
//! It is parsed by hand because NumPy writes only a few known forms, and a general parser of Python literals
//! would follow any nesting in a damaged file.

use super::{ElementType, Unreadable};

/// The type of records, which is how NumPy describes elements with unnamed fields.
const RECORDS: &str = "|V";

/// The contents of an `.npy` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub description: String,
    pub fortran_order: bool,
    pub shape: Vec<usize>,
}

impl Header {
    /// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. Of a record description, only
    /// the opening bracket is kept, and the text after it is not parsed.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = Rest(text.trim());
        let (mut description, mut fortran_order, mut shape) = (None, None, None);
        rest.expect('{')?;
        while !rest.accept('}') {
            let key = rest.string()?;
            rest.expect(':')?;
            match key {
                "descr" if rest.0.starts_with('[') => {
                    return Ok(Self { description: RECORDS.to_owned(), fortran_order: false, shape: vec![] });
                }
                "descr" => description = Some(rest.string()?.to_owned()),
                "fortran_order" => fortran_order = Some(rest.truth()?),
                "shape" => shape = Some(rest.tuple()?),
                other => return Err(format!("unknown entry '{other}'")),
            }
            if !rest.accept(',') && !rest.0.starts_with('}') {
                return Err(rest.unexpected("',' or '}'"));
            }
        }
        let missing = |entry: &str| format!("it has no entry '{entry}'");
        Ok(Self {
            description: description.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    /// Returns the type of the elements, and whether they are big-endian.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], which describes elements that are not numbers.
    pub(super) fn element_type(&self) -> Result<(ElementType, bool), Unreadable> {
        let other = || Unreadable::from_numpy(&self.description);
        let mut characters = self.description.chars();
        let big_endian = match characters.next() {
            Some('<' | '|') => false,
            Some('>') => true,
            Some('=') => cfg!(target_endian = "big"),
            _ => return Err(other()),
        };
        let element_type = match characters.as_str() {
            "b1" => ElementType::Bool,
            "i1" => ElementType::I8,
            "u1" => ElementType::U8,
            "i2" => ElementType::I16,
            "u2" => ElementType::U16,
            "i4" => ElementType::I32,
            "u4" => ElementType::U32,
            "i8" => ElementType::I64,
            "u8" => ElementType::U64,
            "f2" => ElementType::F16,
            "f4" => ElementType::F32,
            "f8" => ElementType::F64,
            _ => return Err(other()),
        };
        Ok((element_type, big_endian))
    }
}

/// The text that is still to be parsed.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn accept(&mut self, character: char) -> bool {
        match self.0.strip_prefix(character) {
            Some(rest) => {
                self.0 = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, character: char) -> Result<(), String> {
        if self.accept(character) { Ok(()) } else { Err(self.unexpected(&format!("'{character}'"))) }
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let quote = self.0.chars().next().filter(|character| "'\"".contains(*character));
        let quote = quote.ok_or_else(|| self.unexpected("text in quotes"))?;
        let (text, rest) = self.0[1..].split_once(quote).ok_or("text in quotes does not end")?;
        self.0 = rest.trim_start();
        Ok(text)
    }

    fn truth(&mut self) -> Result<bool, String> {
        for (name, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.0.strip_prefix(name) {
                self.0 = rest.trim_start();
                return Ok(value);
            }
        }
        Err(self.unexpected("True or False"))
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        let mut extents = Vec::new();
        self.expect('(')?;
        while !self.accept(')') {
            let digits =
                self.0.len() - self.0.trim_start_matches(|character: char| character.is_ascii_digit()).len();
            let (number, rest) = self.0.split_at(digits);
            extents.push(number.parse().map_err(|_| self.unexpected("an integer"))?);
            // Python 2 marked its long integers.
            self.0 = rest.strip_prefix('L').unwrap_or(rest).trim_start();
            if !self.accept(',') && !self.0.starts_with(')') {
                return Err(self.unexpected("',' or ')'"));
            }
        }
        Ok(extents)
    }

    fn unexpected(&self, expected: &str) -> String {
        let found: String = self.0.chars().take(20).collect();
        format!("expected {expected}, found '{found}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_as_numpy_writes_them() {
        for (text, description, fortran_order, shape) in [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }    \n", "<f4", false, vec![2, 3]),
            ("{'descr': '|u1', 'fortran_order': True, 'shape': (7,), }\n", "|u1", true, vec![7]),
            ("{'descr': '>f8', 'fortran_order': False, 'shape': (), }\n", ">f8", false, vec![]),
            ("{'shape': (10L, 2L), 'fortran_order': False, 'descr': '<i8'}", "<i8", false, vec![10, 2]),
        ] {
            let header = Header::parse(text).unwrap();
            assert_eq!(header, Header { description: description.to_owned(), fortran_order, shape });
            assert!(header.element_type().is_ok());
        }
        let records =
            Header::parse("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (3,), }");
        assert_eq!(records.unwrap().element_type(), Err(Unreadable::Records));
    }

    #[test]
    fn headers_that_are_none() {
        for (text, says) in [
            ("", "expected '{'"),
            ("{'descr': '<f4', 'shape': (1,), }", "no entry 'fortran_order'"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "an integer"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }", "an integer"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': ((((((1", "an integer"),
            ("{'descr': 'é", "does not end"),
        ] {
            let message = Header::parse(text).unwrap_err();
            assert!(message.contains(says), "{text}: {message}");
        }
    }
}
