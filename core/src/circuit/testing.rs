//! What holds for the words of every enum, for the tests of all packages.

use super::Word;
use serde::Serialize;
use std::fmt::{Debug, Display};
use strum::VariantArray;

/// Asserts that every word of an enum is read as the variant that is written with it.
pub fn assert_words_are_read<T: Word + Debug + Display + PartialEq>() {
    for &variant in T::VARIANTS {
        let word: &str = variant.into();
        assert_eq!(variant.to_string(), word);
        assert_eq!(word.parse(), Ok(variant));
        assert!(format!("{word}x").parse::<T>().unwrap_err().to_string().contains(word));
    }
}

/// Asserts that documents hold the variants of an enum as they are displayed.
pub fn assert_documents_hold_words<T: VariantArray + Display + Serialize>() {
    for variant in T::VARIANTS {
        assert_eq!(serde_json::to_value(variant).unwrap(), variant.to_string());
    }
}
