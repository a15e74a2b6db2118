//! Opens what a file is wrapped in: gz, bz2, zst, xz, zip, tar, or nothing. Members come one by one, as streams.
//!
//! Memory is bounded: zip members are decompressed as they are read; a tar archive, which has no index, is unpacked
//! once into an unnamed temporary file, so that its members can be read in the order of their names.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use zip::ZipArchive;

use crate::data::error::{DataError, Location};

/// Reads one member; `Break` ends the reading of the file.
pub(crate) type ReadMember<'a> =
    dyn FnMut(&Location, &mut dyn Read) -> Result<ControlFlow<()>, DataError> + 'a;

/// How to walk through a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Walk<'a> {
    /// Only archive members whose name contains this.
    pub member: Option<&'a str>,
    /// Take members as they come instead of by name: enough for a look at the beginning.
    pub unordered: bool,
}

/// Counts the bytes that were taken from a file.
struct Counted {
    file: File,
    count: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Calls `read` with each member of the file at `path` (with the file itself, if it is no archive). `count` rises by
/// the bytes taken from the file.
///
/// # Errors
/// What the file system, the decoder or `read` say.
pub(crate) fn walk(
    path: &Path,
    walk: Walk<'_>,
    count: &Rc<Cell<u64>>,
    read: &mut ReadMember<'_>,
) -> Result<(), DataError> {
    let mut file = File::open(path).map_err(DataError::io(path, "open the file"))?;
    let (magic, filled, broken) = peek_start::<8>(&mut file);
    broken.map_or(Ok(()), Err).map_err(DataError::io(path, "read the file"))?;
    file.rewind().map_err(DataError::io(path, "read the file"))?;
    let at = Location::file(path);
    if filled == 0 {
        return Err(DataError::Empty { at, hint: "the file has no bytes".to_owned() });
    }
    let input = BufReader::with_capacity(1 << 16, Counted { file, count: count.clone() });
    let corrupt = |at: &Location| {
        let at = at.clone();
        move |e: io::Error| DataError::Corrupt { at, reason: e.to_string() }
    };
    let mut stream: Box<dyn Read> = match magic {
        [b'P', b'K', 3, 4, ..] => return walk_zip(&at, input, walk, read),
        [b'P', b'K', 5, 6, ..] => {
            return Err(DataError::Empty { at, hint: "the zip archive has no members".to_owned() });
        }
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(zstd::stream::read::Decoder::with_buffer(input).map_err(corrupt(&at))?)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(input))
        }
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        [b'7', b'z', 0xbc, 0xaf, ..] => return Err(unsupported(at, "7z")),
        _ => Box::new(input),
    };
    let (start, filled, broken) = peek_start::<512>(&mut stream);
    let whole = Cursor::new(start).take(filled as u64).chain(Fails(broken)).chain(stream);
    if filled == 512 && &start[257..262] == b"ustar" {
        return if walk.unordered {
            walk_tar(&at, whole, walk, read)
        } else {
            walk_spilled_tar(&at, whole, walk, read)
        };
    }
    read(&at, &mut { whole }).map(|_| ())
}

fn unsupported(at: Location, what: &str) -> DataError {
    let hint = "unpack it, or use gz, bz2, zst, xz, zip or tar".to_owned();
    DataError::Format { at, reason: format!("it is compressed with {what}, which is not read"), hint }
}

/// The first bytes of a stream, how many there are, and why there are no more if that is not its end.
fn peek_start<const N: usize>(stream: &mut impl Read) -> ([u8; N], usize, Option<io::Error>) {
    let (mut start, mut filled) = ([0; N], 0);
    while filled < N {
        match stream.read(&mut start[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (start, filled, Some(e)),
        }
    }
    (start, filled, None)
}

/// Whether a member holds data: no folder, no hidden file, no note beside the data, and asked for.
fn wanted(name: &str, walk: Walk<'_>) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let lower = base.to_lowercase();
    let note = [".md", ".checksum", ".sha256", ".pdf", ".json"].iter().any(|end| lower.ends_with(end))
        || ["readme", "license"].iter().any(|begin| lower.starts_with(begin));
    !base.is_empty()
        && !base.starts_with('.')
        && !name.starts_with("__MACOSX")
        && !note
        && walk.member.is_none_or(|part| name.contains(part))
}

fn nothing_wanted(at: &Location, walk: Walk<'_>) -> DataError {
    let hint = match walk.member {
        Some(part) => format!("no member's name contains `{part}`"),
        None => "the archive has no data file".to_owned(),
    };
    DataError::Empty { at: at.clone(), hint }
}

fn member_of(at: &Location, name: &str) -> Location {
    Location { member: Some(name.to_owned()), ..at.clone() }
}

fn walk_zip<R: Read + Seek>(
    at: &Location,
    input: R,
    walk: Walk<'_>,
    read: &mut ReadMember<'_>,
) -> Result<(), DataError> {
    let mut input = input;
    let directory = ZipArchive::new(&mut input).map(|archive| {
        let name = |index| archive.name_for_index(index).and_then(|name| name.ok().map(|n| n.into_owned()));
        let mut members: Vec<(String, usize)> =
            (0..archive.len()).filter_map(|index| Some((name(index)?, index))).collect();
        members.retain(|(name, _)| wanted(name, walk));
        members.sort();
        (archive, members)
    });
    let (mut archive, members) = match directory {
        Ok(found) => found,
        Err(error) => {
            let reason = error.to_string();
            return walk_cut_zip(at, input, walk, read, reason);
        }
    };
    if members.is_empty() {
        return Err(nothing_wanted(at, walk));
    }
    for (name, index) in members {
        let place = member_of(at, &name);
        let mut member = archive
            .by_index(index)
            .map_err(|e| DataError::Corrupt { at: place.clone(), reason: e.to_string() })?;
        if read(&place, &mut member)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A zip archive whose directory (at its end) is gone: reads members from the front, to say how far it is good.
fn walk_cut_zip<R: Read + Seek>(
    at: &Location,
    mut input: R,
    walk: Walk<'_>,
    read: &mut ReadMember<'_>,
    reason: String,
) -> Result<(), DataError> {
    let mut place = at.clone();
    if input.rewind().is_ok() {
        while let Ok(Some(mut member)) = zip::read::read_zipfile_from_stream(&mut input) {
            let Ok(name) = member.name().map(|n| n.into_owned()) else { break };
            place = member_of(at, &name);
            if wanted(&name, walk) && read(&place, &mut member)?.is_break() {
                return Ok(());
            }
        }
    }
    Err(DataError::Corrupt { at: place, reason })
}

fn walk_tar(
    at: &Location,
    stream: impl Read,
    walk: Walk<'_>,
    read: &mut ReadMember<'_>,
) -> Result<(), DataError> {
    let corrupt = |e: io::Error| DataError::Corrupt { at: at.clone(), reason: e.to_string() };
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().map_err(corrupt)? {
        let mut entry = entry.map_err(corrupt)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && wanted(&name, walk) {
            let left = entry.size();
            if read(&member_of(at, &name), &mut Promised { entry: &mut entry, left })?.is_break() {
                return Ok(());
            }
        }
    }
    Err(nothing_wanted(at, walk))
}

/// A tar member that fails if it ends before the length that its header promises.
struct Promised<R> {
    entry: R,
    left: u64,
}

impl<R: Read> Read for Promised<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.entry.read(buffer)?;
        if n == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends inside of this member",
            ));
        }
        self.left = self.left.saturating_sub(n as u64);
        Ok(n)
    }
}

/// A tar member in the temporary file.
struct Spilled {
    name: String,
    offset: u64,
    length: u64,
    /// Why it ends early.
    error: Option<io::Error>,
}

/// A reader that fails, to stand for the part of a member that is missing.
struct Fails(Option<io::Error>);

impl Read for Fails {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn walk_spilled_tar(
    at: &Location,
    stream: impl Read,
    walk: Walk<'_>,
    read: &mut ReadMember<'_>,
) -> Result<(), DataError> {
    let mut file =
        tempfile::tempfile().map_err(DataError::io(&std::env::temp_dir(), "make a temporary file in"))?;
    let (mut members, broken) =
        spill(stream, walk, &mut file).map_err(DataError::io(&at.file, "unpack the archive"))?;
    if members.is_empty() && broken.is_none() {
        return Err(nothing_wanted(at, walk));
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    for member in members {
        file.seek(SeekFrom::Start(member.offset))
            .map_err(DataError::io(&at.file, "read the unpacked archive"))?;
        let mut whole = (&file).take(member.length).chain(Fails(member.error));
        if read(&member_of(at, &member.name), &mut whole)?.is_break() {
            return Ok(());
        }
    }
    broken.map_or(Ok(()), |e| Err(DataError::Corrupt { at: at.clone(), reason: e.to_string() }))
}

/// Unpacks the wanted members one behind the other. The second value is why the archive ends early; the outer error is
/// that of the temporary file.
fn spill(
    stream: impl Read,
    walk: Walk<'_>,
    file: &mut File,
) -> io::Result<(Vec<Spilled>, Option<io::Error>)> {
    let mut archive = tar::Archive::new(stream);
    let (mut members, mut offset) = (Vec::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return Ok((members, Some(error))),
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok((members, Some(error))),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || !wanted(&name, walk) {
            continue;
        }
        let left = entry.size();
        let mut entry = Promised { entry: &mut entry, left };
        let (mut length, mut error) = (0, None);
        loop {
            match entry.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    file.write_all(&buffer[..n])?;
                    length += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    error = Some(e);
                    break;
                }
            }
        }
        let cut = error.is_some();
        members.push(Spilled { name, offset, length, error });
        if cut {
            break;
        }
        offset += length;
    }
    Ok((members, None))
}
