//! White space, comments and the extent of literals. What a literal means is left to `ron`.

/// A failure at a byte.
pub(super) type Failure = (usize, &'static str);

/// The first byte from `at` on that is neither white space nor comment.
pub(super) fn skip_blank(text: &str, mut at: usize) -> Result<usize, Failure> {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{b}', '\u{c}', '\u{85}']);
        let trimmed = trimmed.trim_start_matches(['\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}']);
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            at = block_comment(text, at)?;
        } else if rest.len() == trimmed.len() {
            return Ok(at);
        }
    }
}

/// The end of a block comment, which may hold others.
fn block_comment(text: &str, start: usize) -> Result<usize, Failure> {
    let (mut at, mut depth) = (start + 2, 1);
    while depth > 0 {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest.starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
        } else {
            at += rest.chars().next().ok_or((start, "this comment is never closed"))?.len_utf8();
        }
    }
    Ok(at)
}

/// The end of the name that starts at `at`; `at` itself if none does.
pub(super) fn name_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    match rest.chars().next() {
        Some(c) if c.is_alphabetic() || c == '_' => {
            at + rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        }
        _ => at,
    }
}

/// The end of the number that starts at `at`.
pub(super) fn number_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
    at + rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

/// The end of the string (raw or not) that starts at `at`; `None` if no string starts there.
pub(super) fn string_end(text: &str, at: usize) -> Option<Result<usize, Failure>> {
    const OPEN: &str = "this text is never closed with a quotation mark";
    let rest = &text[at..];
    if let Some(body) = rest.strip_prefix('"') {
        return Some(quoted_end(body, '"').map(|n| at + 1 + n).ok_or((at, OPEN)));
    }
    let hashes = rest.strip_prefix('r')?;
    let body = hashes.trim_start_matches('#');
    let fence = format!("\"{}", &hashes[..hashes.len() - body.len()]);
    let inner = body.strip_prefix('"')?;
    let begin = text.len() - inner.len();
    Some(inner.find(&fence).map(|n| begin + n + fence.len()).ok_or((at, OPEN)))
}

/// The end of the character literal that starts at `at`.
pub(super) fn char_end(text: &str, at: usize) -> Result<usize, Failure> {
    let body = &text[at + 1..];
    // `'''` is the apostrophe itself.
    if body.starts_with("''") {
        return Ok(at + 3);
    }
    quoted_end(body, '\'').map(|n| at + 1 + n).ok_or((at, "this character is never closed"))
}

/// One past the closing quote, escapes skipped.
fn quoted_end(body: &str, quote: char) -> Option<usize> {
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}
