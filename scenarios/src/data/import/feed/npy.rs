//! Headers of NumPy arrays (numpy.lib.format, versions 1 to 3).

use std::io::Read;

use crate::data::error::{DataError, Location};

/// How a NumPy file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// What an array is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NpyHeader {
    /// The dtype as it is written, without spaces.
    pub descr: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
}

/// Reads up to the first byte of data.
///
/// # Errors
/// When it is no such file, or is cut off in its header.
pub(super) fn read_header(source: &Location, input: &mut dyn Read) -> Result<NpyHeader, DataError> {
    let corrupt = |reason: String| DataError::Corrupt { at: source.clone(), reason };
    let mut start = [0; 8];
    input.read_exact(&mut start).map_err(|e| corrupt(e.to_string()))?;
    if !start.starts_with(MAGIC) {
        return Err(DataError::Format {
            at: source.clone(),
            reason: "it is no NumPy array".to_owned(),
            hint: "npy and npz files of hftbacktest are read".to_owned(),
        });
    }
    let mut length = [0; 4];
    let bytes = if start[6] == 1 { 2 } else { 4 };
    input.read_exact(&mut length[..bytes]).map_err(|e| corrupt(e.to_string()))?;
    let length = u64::from(u32::from_le_bytes(length));
    let mut text = String::new();
    input.take(length.min(1 << 20)).read_to_string(&mut text).map_err(|e| corrupt(e.to_string()))?;
    if (text.len() as u64) < length {
        return Err(corrupt("it ends inside of its header".to_owned()));
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    parse(&text).ok_or_else(|| corrupt(format!("its header is not one of NumPy: {text}")))
}

/// `{'descr':X,'fortran_order':False,'shape':(N,),}`
fn parse(text: &str) -> Option<NpyHeader> {
    let descr = text.split_once("'descr':")?.1.split_once(",'fortran_order'")?.0;
    let shape = text.split_once("'shape':(")?.1.split_once(')')?.0;
    let shape = shape.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    Some(NpyHeader { descr: descr.to_owned(), shape })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_structured_and_plain_arrays() {
        let header = |text: &str| parse(&text.replace(' ', ""));
        let found =
            header("{'descr': [('ev', '<u8'), ('px', '<f8')], 'fortran_order': False, 'shape': (5,), }");
        let descr = "[('ev','<u8'),('px','<f8')]".to_owned();
        assert_eq!(found, Some(NpyHeader { descr, shape: vec![5] }));
        let found = header("{'descr': '<f8', 'fortran_order': True, 'shape': (7, 6), }");
        assert_eq!(found, Some(NpyHeader { descr: "'<f8'".to_owned(), shape: vec![7, 6] }));
        assert_eq!(header("{'descr': '<f8'}"), None);
    }
}
