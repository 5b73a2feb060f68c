//! The lengths of opcodes and their arguments.

use super::{PickleError, Result};
use std::io::BufRead;

/// The longest pickle that is read, in bytes.
const MAX_PICKLE: usize = 256 << 20;

/// The argument that follows an opcode.
#[derive(Clone, Copy)]
enum Argument {
    /// A number of bytes.
    Bytes(usize),
    /// A number of lines of text.
    Lines(usize),
    /// A length of so many bytes, followed by data of that length.
    Counted(usize),
}

/// The stop opcode.
pub(super) const STOP: u8 = b'.';

fn argument(opcode: u8) -> Option<Argument> {
    use Argument::{Bytes, Counted, Lines};
    Some(match opcode {
        b'(' | b'.' | b'0' | b'1' | b'2' | b'N' | b'Q' | b'R' | b'a' | b'b' | b'd' | b'}' | b'e' | b'l'
        | b']' | b'o' | b's' | b't' | b')' | b'u' => Bytes(0),
        0x81 | 0x85..=0x89 | 0x8f..=0x94 | 0x97 | 0x98 => Bytes(0),
        b'K' | b'h' | b'q' | 0x80 | 0x82 => Bytes(1),
        b'M' | 0x83 => Bytes(2),
        b'J' | b'j' | b'r' | 0x84 => Bytes(4),
        b'G' | 0x95 => Bytes(8),
        b'F' | b'I' | b'L' | b'P' | b'S' | b'V' | b'g' | b'p' => Lines(1),
        b'c' | b'i' => Lines(2),
        b'U' | b'C' | 0x8a | 0x8c => Counted(1),
        b'T' | b'X' | b'B' | 0x8b => Counted(4),
        0x8d | 0x8e | 0x96 => Counted(8),
        _ => return None,
    })
}

/// Takes the next opcode and its argument from a pickle.
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Result<(u8, &'a [u8])> {
    let (&opcode, after) = rest.split_first().ok_or_else(ends_early)?;
    let (skipped, length) = match argument(opcode).ok_or_else(|| unknown(opcode))? {
        Argument::Bytes(length) => (0, length),
        Argument::Lines(lines) => {
            let ends = after.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
            (0, ends.take(lines).nth(lines - 1).ok_or_else(ends_early)?)
        }
        Argument::Counted(width) => {
            let length = little_endian(after.get(..width).ok_or_else(ends_early)?);
            (width, usize::try_from(length).map_err(|_| ends_early())?)
        }
    };
    let argument = after[skipped..].split_at_checked(length).ok_or_else(ends_early)?;
    *rest = argument.1;
    Ok((opcode, argument.0))
}

/// Reads one pickle, up to its stop opcode, from a stream with several pickles.
pub(in crate::files::checkpoint) fn take_pickle(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut pickle = Vec::new();
    loop {
        let start = pickle.len();
        take(reader, &mut pickle, 1)?;
        let opcode = pickle[start];
        match argument(opcode).ok_or_else(|| unknown(opcode))? {
            Argument::Bytes(length) => take(reader, &mut pickle, length)?,
            Argument::Lines(lines) => {
                for _ in 0..lines {
                    take_line(reader, &mut pickle)?;
                }
            }
            Argument::Counted(width) => {
                take(reader, &mut pickle, width)?;
                let length = little_endian(&pickle[start + 1..]);
                take(reader, &mut pickle, usize::try_from(length).map_err(|_| ends_early())?)?;
            }
        }
        if opcode == STOP {
            return Ok(pickle);
        }
    }
}

fn take(reader: &mut impl BufRead, pickle: &mut Vec<u8>, mut length: usize) -> Result<()> {
    if length > MAX_PICKLE.saturating_sub(pickle.len()) {
        return Err(PickleError::damaged(format!("its pickle has more than {MAX_PICKLE} bytes")));
    }
    while length > 0 {
        let there = reader.fill_buf().map_err(|error| PickleError::damaged(format!("pickle: {error}")))?;
        let taken = there.len().min(length);
        if taken == 0 {
            return Err(ends_early());
        }
        pickle.extend_from_slice(&there[..taken]);
        reader.consume(taken);
        length -= taken;
    }
    Ok(())
}

fn take_line(reader: &mut impl BufRead, pickle: &mut Vec<u8>) -> Result<()> {
    loop {
        take(reader, pickle, 1)?;
        if pickle.last() == Some(&b'\n') {
            return Ok(());
        }
    }
}

/// Returns an unsigned little-endian number.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn unknown(opcode: u8) -> PickleError {
    PickleError::damaged(format!("pickle: there is no opcode 0x{opcode:02x}"))
}

pub(super) fn ends_early() -> PickleError {
    PickleError::damaged("pickle: it ends before it is complete")
}
