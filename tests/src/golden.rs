//! Where golden files lie.

use std::path::PathBuf;

/// The golden file of this name and extension.
pub fn path(name: &str, extension: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden")).join(name).with_extension(extension)
}
