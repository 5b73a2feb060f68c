//! Parsers of arguments that are words.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use pathscope_core::circuit::Word;

/// Returns a parser of the words of an enum, which help and errors list.
pub fn words<T: Word + Send + Sync>() -> impl TypedValueParser<Value = T> {
    described_words(|_, word| word)
}

/// Returns a parser of the words of an enum that says more about each word.
///
/// # Arguments
///
/// * `describe` - adds the help of a variant to its word
pub fn described_words<T: Word + Send + Sync>(
    describe: fn(T, PossibleValue) -> PossibleValue,
) -> impl TypedValueParser<Value = T> {
    let described = |&variant: &T| describe(variant, PossibleValue::new(variant.into()));
    PossibleValuesParser::new(T::VARIANTS.iter().map(described)).try_map(|word| word.parse::<T>())
}
