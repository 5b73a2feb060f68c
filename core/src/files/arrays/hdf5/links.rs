//! The links of a group. The HDF5 reader follows them without reporting their targets.

use hdf5_reader::Hdf5File;
use hdf5_reader::btree_v1::collect_btree_v1_leaves_storage;
use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::error::{Error, Result};
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::group::Group;
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::link::{self, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::symbol_table::SymbolTableNode;

/// The kind of a symbol table entry that is a soft link.
const SOFT_LINK: u32 = 2;
/// The most bytes of a name that are read.
const LONGEST_NAME: usize = 4096;

/// A name in a group, and its target.
pub(super) struct Link {
    pub name: String,
    pub target: LinkTarget,
}

/// Returns all links of a group. Old groups keep them in a symbol table, new ones in the group's header or,
/// if there are many, in a separate heap.
pub(super) fn links(file: &Hdf5File, group: &Group) -> Result<Vec<Link>> {
    let header = file.get_or_parse_header(group.address())?;
    let mut links = Vec::new();
    for message in &header.messages {
        match message {
            HdfMessage::SymbolTable(table) => links.extend(of_table(group, table)?),
            HdfMessage::Link(link) => {
                links.push(Link { name: link.name.clone(), target: link.target.clone() });
            }
            HdfMessage::LinkInfo(info)
                if !Cursor::is_undefined_offset(info.fractal_heap_address, group.offset_size()) =>
            {
                links.extend(of_heap(group, info)?);
            }
            _ => {}
        }
    }
    Ok(links)
}

fn of_table(group: &Group, table: &SymbolTableMessage) -> Result<Vec<Link>> {
    let (storage, offset_size, length_size) = (group.storage(), group.offset_size(), group.length_size());
    let heap = LocalHeap::parse_at_storage(storage, table.heap_address, offset_size, length_size)?;
    let size = usize::try_from(heap.data_segment_size)
        .map_err(|_| Error::InvalidData("the heap of names is too large".to_owned()))?;
    let names = storage.read_range(heap.data_segment_address, size)?;
    let name = |offset: u64| -> Result<String> {
        let start = usize::try_from(offset).ok().and_then(|offset| names.get(offset..));
        let start = start.ok_or(Error::OffsetOutOfBounds(offset))?;
        // The total length of overlapping names must not exceed the file.
        let start = &start[..start.len().min(LONGEST_NAME)];
        let text = start.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(text).into_owned())
    };
    let nodes = collect_btree_v1_leaves_storage(
        storage,
        table.btree_address,
        offset_size,
        length_size,
        None,
        &[],
        None,
    )?;
    let mut links = Vec::new();
    for (_, address) in nodes {
        // The first 8 bytes of a node give its number of entries, which determines its length.
        let start = storage.read_range(address, 8)?;
        let entries = usize::from(u16::from_le_bytes([start[6], start[7]]));
        let entry_size = 2 * usize::from(offset_size) + 24;
        let bytes = storage.read_range(address, 8 + entries * entry_size)?;
        let node = SymbolTableNode::parse(&mut Cursor::new(bytes.as_ref()), offset_size, length_size)?;
        for entry in node.entries {
            let target = if entry.cache_type == SOFT_LINK {
                let [a, b, c, d, ..] = entry.scratch;
                LinkTarget::Soft { path: name(u64::from(u32::from_le_bytes([a, b, c, d])))? }
            } else {
                LinkTarget::Hard { address: entry.object_header_address }
            };
            links.push(Link { name: name(entry.link_name_offset)?, target });
        }
    }
    Ok(links)
}

fn of_heap(group: &Group, info: &LinkInfoMessage) -> Result<Vec<Link>> {
    let (storage, offset_size, length_size) = (group.storage(), group.offset_size(), group.length_size());
    let heap = FractalHeap::parse_at_storage(storage, info.fractal_heap_address, offset_size, length_size)?;
    let index =
        BTreeV2Header::parse_at_storage(storage, info.btree_name_index_address, offset_size, length_size)?;
    let records =
        collect_btree_v2_records_storage(storage, &index, offset_size, length_size, None, &[], None)?;
    let mut blocks = FractalHeapDirectBlockCache::default();
    let mut links = Vec::new();
    for record in records {
        let BTreeV2Record::LinkNameHash { heap_id, .. } = record else { continue };
        let bytes =
            heap.get_object_storage_cached(&heap_id, storage, offset_size, length_size, &mut blocks)?;
        let link = link::parse(&mut Cursor::new(&bytes), offset_size, length_size, bytes.len())?;
        links.push(Link { name: link.name, target: link.target });
    }
    Ok(links)
}
