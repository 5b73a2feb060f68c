//! The module calls that contain an operation, parsed from the metadata of a program.

use super::text::Text;
use crate::program::ModuleCall;
use std::collections::HashMap;
use std::sync::Arc;

/// The name that non-strict export gives to the model itself; names of modules follow it.
const MODEL: &str = "L__self__";
/// The module stack of operations that the export itself adds.
const NO_STACK: &str = "_empty_nn_module_stack_from_metadata_hook";
/// The largest number of parts that a name with semicolons is joined from.
const MOST_PARTS: usize = 8;

/// The module stacks that were read, each stored once.
pub(super) struct Stacks<'a> {
    read: HashMap<Text<'a>, Arc<[ModuleCall]>>,
    empty: Arc<[ModuleCall]>,
}

impl<'a> Stacks<'a> {
    pub(super) fn new() -> Self {
        Self { read: HashMap::new(), empty: Arc::new([]) }
    }

    /// Returns the calls in a stack, from the model to the innermost module.
    pub(super) fn calls(&mut self, stack: Option<Text<'a>>) -> Arc<[ModuleCall]> {
        let Some(stack) = stack else { return Arc::clone(&self.empty) };
        if stack.starts_with(NO_STACK) {
            return Arc::clone(&self.empty);
        }
        if let Some(calls) = self.read.get(&*stack) {
            return Arc::clone(calls);
        }
        let calls: Arc<[ModuleCall]> = parse(&stack).into();
        self.read.insert(stack, Arc::clone(&calls));
        calls
    }
}

/// Parses `key,path,class;key,path,class;…`. Paths may contain both separators, so a part that is not a call
/// is joined with the next one. Parts that still do not form a call are left out.
fn parse(stack: &str) -> Vec<ModuleCall> {
    let ends: Vec<usize> = stack.match_indices(';').map(|(at, _)| at).chain([stack.len()]).collect();
    let mut calls = Vec::new();
    let (mut start, mut next) = (0, 0);
    while next < ends.len() {
        let last = ends.len().min(next + MOST_PARTS);
        let found = (next..last).find_map(|at| Some((at, call(&stack[start..ends[at]])?)));
        let at = match found {
            Some((at, call)) => {
                calls.push(call);
                at
            }
            None => next,
        };
        start = (ends[at] + 1).min(stack.len());
        next = at + 1;
    }
    calls
}

/// Parses `key,path,class`. A key that begins with [`MODEL`] repeats the path, which shows where a path with
/// commas ends. The key of the n-th further call of a module ends in `@n`.
fn call(part: &str) -> Option<ModuleCall> {
    let (key, rest) = match part.strip_prefix(MODEL) {
        Some(rest) => {
            let end = rest.match_indices(',').map(|(at, _)| at).find(|&at| {
                let path = rest[..at].rsplit_once('@').filter(|(_, call)| is_number(call));
                let path = path.map_or(&rest[..at], |(path, _)| path);
                rest[at + 1..].strip_prefix(path).is_some_and(|rest| rest.starts_with(','))
            })?;
            (&rest[..end], &rest[end + 1..])
        }
        None => part.split_once(',')?,
    };
    let (key, call) = match key.rsplit_once('@') {
        Some((key, call)) if is_number(call) => (key, call.parse().ok()?),
        _ => (key, 0),
    };
    let (path, class) =
        if part.starts_with(MODEL) { (key, rest.get(key.len() + 1..)?) } else { split_class(rest)? };
    Some(ModuleCall { path: path.to_owned(), call, class: class.to_owned() })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Splits a class off a path. A class with parameters in brackets may contain commas there.
fn split_class(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b']' | b')' => depth += 1,
            b'[' | b'(' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                let class = &text[at + 1..];
                // A class name includes its Python module.
                return class.contains('.').then_some((&text[..at], class));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stack: &str) -> Vec<(String, usize, String)> {
        parse(stack).into_iter().map(|call| (call.path, call.call, call.class)).collect()
    }

    fn expected(calls: &[(&str, usize, &str)]) -> Vec<(String, usize, String)> {
        calls.iter().map(|&(path, call, class)| (path.to_owned(), call, class.to_owned())).collect()
    }

    #[test]
    fn stacks_as_export_writes_them() {
        for (stack, calls) in [
            (
                "L__self__,,m.Net;L__self__b@1,b,m.Block;L__self__b.0@12,b.0,torch.nn.modules.conv.Conv2d",
                [("", 0, "m.Net"), ("b", 1, "m.Block"), ("b.0", 12, "torch.nn.modules.conv.Conv2d")]
                    .as_slice(),
            ),
            // Strict export numbers the modules.
            (
                "L__self__,,m.Net;1404023@1,b,m.Block;1404024,b.0,m.Generic[m.A, m.B]",
                &[("", 0, "m.Net"), ("b", 1, "m.Block"), ("b.0", 0, "m.Generic[m.A, m.B]")],
            ),
            (
                "L__self__,,m.Net;L__self__m.a,b;c,m.a,b;c,m.Conv",
                &[("", 0, "m.Net"), ("m.a,b;c", 0, "m.Conv")],
            ),
            ("L__self__,,m.Net;1404024,m.a,b;c,m.Conv", &[("", 0, "m.Net"), ("m.a,b;c", 0, "m.Conv")]),
            ("L__self__,,m.Net;nonsense", &[("", 0, "m.Net")]),
            ("L__self__", &[]),
            ("", &[]),
            (";;,", &[]),
        ] {
            assert_eq!(read(stack), expected(calls), "{stack}");
        }
    }

    #[test]
    fn a_stack_is_read_once() {
        let text = |stack| serde_json::from_str::<Text<'_>>(stack).unwrap();
        let mut stacks = Stacks::new();
        let first = stacks.calls(Some(text("\"L__self__,,m.Net\"")));
        let second = stacks.calls(Some(text("\"L__self__,,m.Net\"")));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(stacks.calls(None).is_empty());
        assert!(stacks.calls(Some(text("\"_empty_nn_module_stack_from_metadata_hook,a,b\""))).is_empty());
    }
}
