//! Every wrapping gives the same tape, and a cut or damaged one names the file, the member and the row.

use std::io::Write;

use zip::write::SimpleFileOptions;

use super::{bars, folder_with, import_quietly, import_text, klines, message};
use crate::data::error::DataError;
use crate::data::import::ImportSpec;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn every_container_gives_the_same_tape() {
    let text = klines(0, 3_000);
    let (first, second) = (klines(0, 1_000), klines(1_000, 2_000));
    // Members out of order and notes among them.
    let members =
        [("data/b.csv", second.as_str()), ("data/README.md", "# hello"), ("data/a.csv", first.as_str())];
    let spec = ImportSpec::default();
    let (plain, _) = import_text("AB-1m.csv", &text, &spec).unwrap();
    assert_eq!(bars(&plain).len(), 3_000);
    let mut two_streams = gz(first.as_bytes());
    two_streams.extend(gz(second.as_bytes()));
    for (name, bytes) in [
        ("AB-1m.csv.gz", gz(text.as_bytes())),
        ("AB-1m.gz", two_streams),
        ("AB-1m.csv.zst", zst(text.as_bytes())),
        ("AB-1m.csv.xz", xz(text.as_bytes())),
        ("AB-1m.zip", zip(&members)),
        ("AB-1m.tar", tar(&members)),
        ("AB-1m.tar.gz", gz(&tar(&members))),
        ("AB-1m.tar.zst", zst(&tar(&members))),
        ("AB-1m.tar.xz", xz(&tar(&members))),
        ("AB-misnamed.csv", gz(text.as_bytes())),
    ] {
        let (tape, _) = import_text(name, bytes, &spec).unwrap();
        assert_eq!(bars(&tape), bars(&plain), "{name}");
        assert_eq!(tape.digest(), plain.digest(), "{name}");
    }
}

#[test]
fn progress_reaches_the_end() {
    let (folder, path) = folder_with("AB-1m.tar.xz", xz(&tar(&[("a.csv", &klines(0, 20_000))])));
    let heard = std::cell::RefCell::new(Vec::new());
    let progress = |done, total| heard.borrow_mut().push((done, total));
    super::super::import(std::slice::from_ref(&path), folder.path(), &ImportSpec::default(), &progress)
        .unwrap();
    let size = std::fs::metadata(path).unwrap().len();
    let heard = heard.into_inner();
    assert!(heard.is_sorted() && heard.iter().all(|(done, total)| *total == size && *done <= size));
    assert_eq!(heard.last(), Some(&(size, size)));
}

#[test]
fn a_cut_stream_names_file_member_and_row() {
    let text = klines(0, 3_000);
    let spec = ImportSpec::default();
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    for (name, bytes, member) in [
        ("AB-1m.csv.gz", half(gz(text.as_bytes())), ""),
        ("AB-1m.csv.zst", half(zst(text.as_bytes())), ""),
        ("AB-1m.csv.xz", half(xz(text.as_bytes())), ""),
        ("AB-1m.zip", half(zip(&[("a.csv", &text)])), " (a.csv)"),
        ("AB-1m.tar", half(tar(&[("a.csv", &text)])), " (a.csv)"),
        ("AB-1m.tar.gz", half(gz(&tar(&[("a.csv", &text)]))), " (a.csv)"),
        ("AB-1m.tar.xz", half(xz(&tar(&[("a.csv", &text)]))), " (a.csv)"),
    ] {
        let text = message(name, bytes, &spec);
        assert!(text.starts_with(&format!("{name}{member}, row ")), "{text}");
        assert!(text.contains("truncated or corrupt"), "{text}");
    }
}

#[test]
fn a_row_that_could_be_read_is_named() {
    // Stored, not deflated: half of the bytes are half of the rows.
    let text = klines(0, 1_000);
    let bytes = tar(&[("a.csv", &text)]);
    let error = message("AB-1m.tar", &bytes[..512 + text.len() / 2], &ImportSpec::default());
    let row: usize = error.split("row ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    assert!((490..=510).contains(&row), "{error}");
}

#[test]
fn a_flipped_bit_is_found() {
    let text = klines(0, 3_000);
    for (name, mut bytes) in [
        ("AB-1m.csv.gz", gz(text.as_bytes())),
        ("AB-1m.csv.xz", xz(text.as_bytes())),
        ("AB-1m.zip", zip(&[("a.csv", &text)])),
    ] {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        let (folder, path) = folder_with(name, bytes);
        let error = import_quietly(&[path], folder.path(), &ImportSpec::default()).unwrap_err();
        let place = error.location().unwrap();
        assert!(place.file.ends_with(name) && place.row.is_some(), "{error}");
    }
}

#[test]
fn nothing_to_read() {
    let spec = ImportSpec::default();
    assert_eq!(message("AB.csv", "", &spec), "AB.csv: no rows; the file has no bytes");
    assert!(message("AB.csv.gz", gz(b""), &spec).contains("no rows"));
    assert!(message("AB.zip", zip(&[]), &spec).contains("no members"));
    assert!(message("AB.zip", zip(&[("README.md", "x")]), &spec).contains("no data file"));
    assert!(message("AB.csv", "time,open,high,low,close,volume\n", &spec).contains("no rows"));
    let other = ImportSpec { member: Some("ETH".to_owned()), ..spec.clone() };
    assert!(message("AB.tar", tar(&[("BTC.csv", "x")]), &other).contains("no member's name contains `ETH`"));
    assert!(message("AB.csv.bz2", b"BZh91AY&SY", &spec).contains("truncated or corrupt"));
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    let error = import_quietly(&[missing], folder.path(), &spec).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }) && error.to_string().contains("missing.csv"));
}
