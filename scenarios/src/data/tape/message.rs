//! Whether a record batch can be read: the decoder takes its message at its word, and panics where the body holds less.

use arrow::datatypes::{DataType, Schema};
use arrow::ipc::root_as_message;

use super::meta::BATCH_ROWS;

/// Bytes of a column at most, as large as any type of a tape and what it is padded with.
const LARGEST: usize = BATCH_ROWS * 8 + 64;

/// Refuses a record batch whose message says more than its body holds. `data` is both, the first `head` bytes the message;
/// `read` says which columns of `schema` will be read.
///
/// # Errors
/// What is wrong, with the column.
pub(super) fn check_message(
    data: &[u8],
    head: usize,
    schema: &Schema,
    read: impl Fn(usize) -> bool,
) -> Result<(), String> {
    let cut = "its message is cut off";
    let (message, body) = data.split_at_checked(head).ok_or(cut)?;
    // A mark, and the length, which stands in the footer as well; before format version 0.15 the length alone.
    let prefix = if message.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let message =
        root_as_message(message.get(prefix..).ok_or(cut)?).map_err(|e| format!("its message: {e}"))?;
    let batch = message.header_as_record_batch().ok_or("its message is of another kind")?;
    let rows = usize::try_from(batch.length()).ok().filter(|rows| (1..=BATCH_ROWS).contains(rows));
    let rows = rows.ok_or_else(|| format!("it has {} rows, not {BATCH_ROWS}", batch.length()))?;
    let is_compressed = batch.compression().is_some();
    let mut nodes = batch.nodes().into_iter().flatten();
    let mut buffers = batch.buffers().into_iter().flatten().map(|buffer| {
        let start = usize::try_from(buffer.offset()).ok()?;
        let end = start.checked_add(usize::try_from(buffer.length()).ok()?)?;
        size(body.get(start..end)?, is_compressed)
    });
    let mut variadic = batch.variadicBufferCounts().into_iter().flatten();
    for (index, field) in schema.fields().iter().enumerate() {
        let bad = |reason: String| format!("column `{}`: {reason}", field.name());
        let node = nodes.next().ok_or_else(|| bad("it is missing".to_owned()))?;
        let nulls = usize::try_from(node.null_count()).ok().filter(|nulls| *nulls <= rows);
        let nulls = nulls.filter(|_| node.length() == batch.length()).ok_or_else(|| {
            bad(format!("it says {} rows and {} nulls, of {rows} rows", node.length(), node.null_count()))
        })?;
        let marks = if nulls > 0 { rows.div_ceil(8) } else { 0 };
        if marks > 0 && is_compressed && read(index) {
            return Err(bad("it has nulls and is compressed: write the tape without compression".to_owned()));
        }
        let needed = match field.data_type() {
            kind if kind.primitive_width().is_some() => {
                vec![marks, rows * kind.primitive_width().unwrap_or(0)]
            }
            DataType::Boolean | DataType::FixedSizeBinary(_) | DataType::Dictionary(..) => vec![0; 2],
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => vec![0; 3],
            DataType::Utf8View | DataType::BinaryView => {
                let more = variadic.next().and_then(|count| u16::try_from(count).ok());
                vec![0; 2 + usize::from(more.ok_or_else(|| bad("its parts are not counted".to_owned()))?)]
            }
            DataType::Null => Vec::new(),
            other => return Err(bad(format!("it is {other}, which no tape holds: leave it out"))),
        };
        for needed in needed {
            let found = buffers.next().ok_or_else(|| bad("it is missing".to_owned()))?;
            match found {
                _ if !read(index) => {}
                None => return Err(bad("its bytes lie outside of the batch".to_owned())),
                Some(found) if found < needed => {
                    return Err(bad(format!("it has {found} bytes where {needed} are needed")));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Bytes of a buffer once they are decompressed; none if it does not say so, or says what cannot be.
fn size(bytes: &[u8], is_compressed: bool) -> Option<usize> {
    if !is_compressed || bytes.is_empty() {
        return Some(bytes.len());
    }
    let (said, rest) = bytes.split_first_chunk::<8>()?;
    match i64::from_le_bytes(*said) {
        // It was not worth while.
        -1 => Some(rest.len()),
        said => usize::try_from(said).ok().filter(|said| *said <= LARGEST),
    }
}
