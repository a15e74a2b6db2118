//! The records of a DBN stream as their lengths part them: the decoder believes a length, and finds the next record by it.

use std::io::{self, Read};

/// Passes metadata and whole records on, up to one whose length cannot be that of any.
pub(super) struct Frames<R> {
    input: R,
    /// Bytes up to the next record.
    left: u64,
    bad: Option<u64>,
}

impl<R: Read> Frames<R> {
    /// `metadata` bytes come before the first record.
    pub(super) fn new(input: R, metadata: u64) -> Self {
        Self { input, left: metadata, bad: None }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = if self.bad.is_none() { self.input.read(buffer)? } else { 0 };
        let mut at = 0;
        while at < n && self.bad.is_none() {
            if self.left == 0 {
                // A record begins with its length in units of four bytes. All are multiples of eight, with a header of 16.
                self.left = u64::from(buffer[at]) * 4;
                if self.left < 16 || !self.left.is_multiple_of(8) {
                    self.bad = Some(self.left);
                    continue;
                }
            }
            let step = self.left.min((n - at) as u64);
            self.left -= step;
            at += step as usize;
        }
        match self.bad {
            // What is good comes first.
            Some(length) if at == 0 && !buffer.is_empty() => {
                let text = format!("a record says that it has {length} bytes, which none has");
                Err(io::Error::new(io::ErrorKind::InvalidData, text))
            }
            _ => Ok(at),
        }
    }
}
