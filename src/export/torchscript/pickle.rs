//! Just enough of Python's pickle format, protocol 2, to write objects with their tensors.

/// A value in a pickle.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Bool(bool),
    /// A float32 tensor whose values are in `data/RECORD`.
    Tensor {
        record: usize,
        shape: &'a [usize],
        trained: bool,
    },
    /// An object whose class is in this archive.
    Object(Object<'a>),
}

/// An object and its attributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object<'a> {
    pub class: String,
    pub attributes: Vec<(String, Value<'a>)>,
}

const PROTOCOL: &[u8] = b"\x80\x02";
const STOP: u8 = b'.';
const MARK: u8 = b'(';
const EMPTY_TUPLE: u8 = b')';
const EMPTY_DICT: u8 = b'}';
const TUPLE: u8 = b't';
const GLOBAL: u8 = b'c';
const NEW_OBJECT: u8 = b'\x81';
const REDUCE: u8 = b'R';
const BUILD: u8 = b'b';
const SET_ITEMS: u8 = b'u';
const PERSISTENT_ID: u8 = b'Q';
const TRUE: u8 = b'\x88';
const FALSE: u8 = b'\x89';
const TEXT: u8 = b'X';
const INTEGER: u8 = b'J';
const LONG: u8 = b'\x8a';

/// Returns the pickle of an empty tuple.
pub(super) fn empty_tuple() -> Vec<u8> {
    [PROTOCOL, &[EMPTY_TUPLE, STOP]].concat()
}

/// Returns the pickle of an object.
///
/// # Arguments
///
/// * `module` - the module of all classes in this archive
pub(super) fn object(object: &Object<'_>, module: &str) -> Vec<u8> {
    let mut pickle = Pickle { bytes: PROTOCOL.to_vec(), module };
    pickle.object(object);
    pickle.bytes.push(STOP);
    pickle.bytes
}

struct Pickle<'a> {
    bytes: Vec<u8>,
    module: &'a str,
}

impl Pickle<'_> {
    fn object(&mut self, object: &Object<'_>) {
        self.global(self.module, &object.class);
        self.bytes.extend([EMPTY_TUPLE, NEW_OBJECT, EMPTY_DICT, MARK]);
        for (name, value) in &object.attributes {
            self.text(name);
            match value {
                Value::Bool(value) => self.bool(*value),
                Value::Tensor { record, shape, trained } => self.tensor(*record, shape, *trained),
                Value::Object(object) => self.object(object),
            }
        }
        self.bytes.extend([SET_ITEMS, BUILD]);
    }

    /// Writes a tensor as `torch.save` does: a function applied to the storage, the offset in it, sizes and
    /// strides.
    fn tensor(&mut self, record: usize, shape: &[usize], trained: bool) {
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.bytes.extend([MARK, MARK]);
        self.text("storage");
        self.global("torch", "FloatStorage");
        self.text(&record.to_string());
        self.text("cpu");
        self.integer(shape.iter().product());
        self.bytes.extend([TUPLE, PERSISTENT_ID]);
        self.integer(0);
        self.integers(shape.iter().copied());
        self.integers((1..=shape.len()).map(|axis| shape[axis..].iter().product()));
        self.bool(trained);
        self.global("collections", "OrderedDict");
        self.bytes.extend([EMPTY_TUPLE, REDUCE, TUPLE, REDUCE]);
    }

    fn integers(&mut self, numbers: impl Iterator<Item = usize>) {
        self.bytes.push(MARK);
        numbers.for_each(|number| self.integer(number));
        self.bytes.push(TUPLE);
    }

    fn integer(&mut self, number: usize) {
        match i32::try_from(number) {
            Ok(small) => {
                self.bytes.push(INTEGER);
                self.bytes.extend(small.to_le_bytes());
            }
            Err(_) => {
                self.bytes.extend([LONG, 8]);
                self.bytes.extend((number as u64).to_le_bytes());
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(TEXT);
        // Names have at most a few dozen bytes, so the length fits.
        self.bytes.extend((text.len() as u32).to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    fn bool(&mut self, value: bool) {
        self.bytes.push(if value { TRUE } else { FALSE });
    }

    fn global(&mut self, module: &str, name: &str) {
        self.bytes.push(GLOBAL);
        self.bytes.extend(format!("{module}\n{name}\n").into_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected bytes are those of Python's own pickle.dumps, checked with pickletools.dis.
    #[test]
    fn an_object_names_its_class_and_its_tensors() {
        let tensor = Value::Tensor { record: 7, shape: &[2, 3], trained: true };
        let network = Object {
            class: "Net".to_owned(),
            attributes: vec![("training".to_owned(), Value::Bool(false)), ("w".to_owned(), tensor)],
        };
        let expected: &[&[u8]] = &[
            b"\x80\x02c__torch__.m\nNet\n)\x81}(",
            b"X\x08\0\0\0training\x89",
            b"X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((",
            b"X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x007X\x03\0\0\0cpuJ\x06\0\0\0tQ",
            b"J\0\0\0\0(J\x02\0\0\0J\x03\0\0\0t(J\x03\0\0\0J\x01\0\0\0t\x88",
            b"ccollections\nOrderedDict\n)RtRub.",
        ];
        assert_eq!(object(&network, "__torch__.m"), expected.concat());
    }

    #[test]
    fn large_integers_are_written_with_eight_bytes() {
        let mut pickle = Pickle { bytes: Vec::new(), module: "" };
        pickle.integer(1 << 31);
        assert_eq!(pickle.bytes, b"\x8a\x08\0\0\0\x80\0\0\0\0");
    }
}
