use super::{Budget, Found, Id, Persistent, Pickle, PickleError, found, interpret, take_pickle};
use proptest::collection::vec;
use proptest::prelude::*;

fn nothing(_: &Pickle<'_>, _: Id) -> Result<Persistent, PickleError> {
    Err(PickleError::Damaged("nothing".to_owned()))
}

/// A storage of four floats under the key that a persistent id names.
fn storage(pickle: &Pickle<'_>, id: Id) -> Result<Persistent, PickleError> {
    let key = pickle.key(id).unwrap_or_default();
    let element_type = Some(super::ElementType::Float32);
    Ok(Persistent::Storage(super::Storage { key, element_type, len: 4, view: (0, 4) }))
}

fn tensors(bytes: &[u8]) -> Result<Vec<Found>, PickleError> {
    found(&interpret(bytes, Budget::new(bytes.len(), 0), &storage)?)
}

#[track_caller]
fn names(bytes: &[u8]) -> Vec<String> {
    tensors(bytes).unwrap().into_iter().map(|found| found.name).collect()
}

/// A tensor of two elements whose storage is named `s`.
const TENSOR: &[u8] = b"ctorch._utils\n_rebuild_tensor_v2\n(X\x01\0\0\0sQK\0K\x02\x85K\x01\x85\x89NtR";

fn with_tensor(before: &[u8], after: &[u8]) -> Vec<u8> {
    [before, TENSOR, after].concat()
}

#[test]
fn dictionaries_of_every_kind() {
    assert_eq!(names(&with_tensor(b"\x80\x02}X\x01\0\0\0w", b"s.")), ["w"]);
    assert_eq!(names(&with_tensor(b"}(S'w'\n", b"u.")), ["w"]);
    assert_eq!(names(&with_tensor(b"(Vw\n", b"d.")), ["w"]);
    assert_eq!(names(&with_tensor(b"ccollections\nOrderedDict\n)RX\x01\0\0\0w", b"s.")), ["w"]);
    // A number as the key, a dictionary of a custom class, and a defaultdict.
    assert_eq!(names(&with_tensor(b"}K\x03", b"s.")), ["3"]);
    assert_eq!(names(&with_tensor(b"cmine\nBox\n)\x81(X\x01\0\0\0w", b"u}b.")), ["w"]);
    let default = b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RX\x01\0\0\0w";
    assert_eq!(names(&with_tensor(default, b"s.")), ["w"]);
    // A value under a tuple key has no name.
    assert!(names(&with_tensor(b"}K\x01K\x02\x86", b"s.")).is_empty());
}

#[test]
fn lists_and_pairs() {
    assert_eq!(names(&with_tensor(b"](N", b"e.")), ["1"]);
    assert_eq!(names(&with_tensor(b"]X\x01\0\0\0w", b"\x86a.")), ["w"]);
    assert_eq!(names(&with_tensor(b"", b".")), ["tensor"]);
}

#[test]
fn unknown_calls_swallow_what_is_put_into_them() {
    assert!(names(&with_tensor(b"cos\nsystem\nX\x01\0\0\0x\x85R}X\x01\0\0\0w", b"sb.")).is_empty());
    assert!(names(&with_tensor(b"(X\x01\0\0\0xios\nsystem\n", b"a.")).is_empty());
}

#[test]
fn numbers() {
    for (bytes, expected) in [
        (&b"K\xff."[..], Some(255)),
        (b"J\xff\xff\xff\xff.", Some(-1)),
        (b"\x8a\x01\x80.", Some(-128)),
        (b"\x8a\0.", Some(0)),
        (b"\x8a\x05\0\0\0\0\x01.", Some(1 << 32)),
        (b"I-7\n.", Some(-7)),
        (b"L12L\n.", Some(12)),
        // Numbers that are too large, and text that is not a number.
        (b"\x8a\x09\0\0\0\0\0\0\0\0\x01.", None),
        (b"G\0\0\0\0\0\0\0\0.", None),
        (b"I01\n.", None),
    ] {
        let pickle = interpret(bytes, Budget::new(0, 0), &nothing).unwrap();
        assert_eq!(pickle.number(pickle.root), expected, "{bytes:?}");
    }
}

#[test]
fn damage_is_told_from_what_is_not_supported() {
    for bytes in [&b""[..], b".", b"}", b"\xff.", b"h\x05.", b"(.", b"X\x09\0\0\0a.", b"t.", b"K\x01Q."] {
        let result = interpret(bytes, Budget::new(0, 0), &nothing);
        assert!(matches!(result, Err(PickleError::Damaged(_))), "{bytes:?}");
    }
    for bytes in [&b"\x82\x01."[..], b"\x97."] {
        let result = interpret(bytes, Budget::new(0, 0), &nothing);
        assert!(matches!(result, Err(PickleError::Unsupported(..))), "{bytes:?}");
    }
}

#[test]
fn pickles_in_a_stream() {
    let stream = b"\x80\x02K\x01.X\x02\0\0\0a.q\0.rest";
    let mut reader = std::io::BufReader::with_capacity(3, &stream[..]);
    assert_eq!(take_pickle(&mut reader).unwrap(), b"\x80\x02K\x01.");
    assert_eq!(take_pickle(&mut reader).unwrap(), b"X\x02\0\0\0a.q\0.");
    assert!(take_pickle(&mut reader).is_err());
}

proptest! {
    /// Any bytes are interpreted within the budget or refused, and both readers of opcodes agree where a
    /// pickle ends.
    #[test]
    fn any_bytes(bytes in vec(prop_oneof![any::<u8>(), prop::sample::select(&b"(}]).usabtRQ0K\x85\x81hq2"[..])], 0..200)) {
        let _ = tensors(&bytes);
        let taken = take_pickle(&mut &bytes[..]);
        if let Ok(pickle) = &taken {
            prop_assert!(bytes.starts_with(pickle));
        }
        if interpret(&bytes, Budget::new(bytes.len(), 0), &storage).is_ok() {
            prop_assert!(taken.is_ok());
        }
    }
}
