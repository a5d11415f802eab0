//! Input in the text format.

use crate::error::Error;
use std::borrow::Cow;

/// The binary module: the input itself, or what its text stands for.
pub fn to_binary(input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if input.is_empty() {
        // As text this would be an empty module, but nobody means that.
        return Err(Error::Invalid { message: "unexpected end: the input is empty".into(), function: None, offset: 0 });
    }
    if input.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(input));
    }
    wat::parse_bytes(input).map_err(|e| Error::Text { message: e.to_string() })
}
