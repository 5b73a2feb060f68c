//! Damage to files, and measurement of the memory that reading them allocates.

#![allow(unsafe_code, reason = "a global allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Cursor, Read, Write};
use std::ops::Range;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

thread_local! {
    // An analysis stays on its thread, so concurrent tests do not count each other's memory.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    // The counters are gone while the thread ends.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both blocks exist during the copy.
        count(new_size as isize);
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Returns the peak of the memory that `work` allocates, in bytes.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    (result, usize::try_from(PEAK.get() - before).unwrap())
}

/// The SplitMix64 generator, with the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn range(&mut self, length: usize, longest: usize) -> Range<usize> {
        let start = self.below(length);
        let longest = longest.min(length - start);
        start..start + 1 + self.below(longest)
    }
}

/// Damages bytes in one to three places.
pub fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match random.below(8) {
            0 | 1 => {
                for _ in 0..1 + random.below(4) {
                    bytes[random.below(length)] ^= 1 << random.below(8);
                }
            }
            2 => bytes.truncate(random.below(length)),
            3 => {
                let range = random.range(length, 64);
                let fill = [0, 0xff, random.next() as u8][random.below(3)];
                bytes[range].fill(fill);
            }
            4 => {
                for index in random.range(length, 16) {
                    bytes[index] = random.next() as u8;
                }
            }
            // Lengths and counts at the limit and just beyond it.
            5 => {
                let values = [0, 1, 0x7fff_ffff, 0xffff_ffff, 1 << 40, i64::MAX as u64, u64::MAX];
                let value = values[random.below(values.len())].to_le_bytes();
                let width = [1, 2, 4, 8][random.below(4)].min(length);
                let start = random.below(length - width + 1);
                bytes[start..start + width].copy_from_slice(&value[..width]);
            }
            6 => {
                let range = random.range(length, 256);
                let at = random.below(length);
                let copy = bytes[range].to_vec();
                bytes.splice(at..at, copy);
            }
            // Numbers in text.
            _ => {
                let digits: Vec<usize> = (0..length).filter(|&index| bytes[index].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    bytes[digits[random.below(digits.len())]] = b'0' + random.below(10) as u8;
                }
            }
        }
    }
}

/// Returns a function that damages `original`.
pub fn mutated(original: &[u8]) -> impl Fn(&mut Random) -> Vec<u8> {
    move |random| {
        let mut bytes = original.to_vec();
        mutate(&mut bytes, random);
        bytes
    }
}

/// Returns the names and contents of an archive's entries.
pub fn entries_of(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let count = archive.len();
    let read = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        (entry.name().unwrap().into_owned(), contents)
    };
    (0..count).map(read).collect()
}

/// Packs entries into an archive, one of them damaged.
pub fn packed(entries: &[(String, Vec<u8>)], damaged: usize, random: &mut Random) -> Vec<u8> {
    let mut entries = entries.to_vec();
    let method = [CompressionMethod::Stored, CompressionMethod::Deflated][random.below(2)];
    mutate(&mut entries[damaged].1, random);
    archive_of(&entries, method)
}

/// Packs entries into an archive.
pub fn archive_of(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
