//! A stream that counts its bytes and does not let a damaged end pass for an end.

use std::io::{self, Read};

/// Passes bytes on. A decoder may take `UnexpectedEof` for the end of the file: here it becomes another error.
pub(super) struct Watched<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Watched<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, bytes: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.bytes
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            return match self.input.read(buffer) {
                Ok(n) => {
                    self.bytes += n as u64;
                    Ok(n)
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => Err(io::Error::other(e.to_string())),
            };
        }
    }
}
