//! Maps a file into memory as an Arrow buffer. The only unsafe code of this crate's data layer.

use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::buffer::Buffer;
use memmap2::Mmap;

use crate::data::error::DataError;

/// The bytes of `path`, read on demand by the operating system and shared by every world.
///
/// # Errors
/// When the file cannot be opened or mapped.
#[allow(unsafe_code)]
pub(crate) fn map_file(path: &Path) -> Result<Buffer, DataError> {
    let file = File::open(path).map_err(DataError::io(path, "open the tape"))?;
    let length = file.metadata().map_err(DataError::io(path, "read the size of the tape"))?.len();
    if length == 0 {
        return Ok(Buffer::from(Vec::<u8>::new()));
    }
    // SAFETY: a tape is written to a temporary file and renamed when it is complete; nothing of ours writes to or
    // shortens it afterwards. As with every mapping, another program that truncates the file under us is on its own.
    let map = unsafe { Mmap::map(&file) }.map_err(DataError::io(path, "map the tape into memory"))?;
    let map = Arc::new(map);
    let Some(start) = NonNull::new(map.as_ptr().cast_mut()) else {
        return Ok(Buffer::from(Vec::<u8>::new()));
    };
    let length = map.len();
    // SAFETY: `start` is valid for `length` bytes as long as `map` lives, which the buffer owns; it is only read.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, map) })
}
