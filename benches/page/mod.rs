//! The page that a bench writes: its figures between two marks, and all else as it was. Each bench takes this file as a module
//! of its own; it knows nothing of what is measured.

use std::path::Path;

/// Puts the figures between the marks, or says what is wrong with the page, which is then as it was.
pub(crate) fn insert(document: &Path, [begin, end]: [&str; 2], figures: &str) -> Result<(), String> {
    let at = document.display();
    let text = std::fs::read_to_string(document).map_err(|error| format!("{at}: {error}"))?;
    let (before, rest) =
        text.split_once(begin).ok_or(format!("{at}: the mark where the figures begin is gone"))?;
    let (_, after) = rest.split_once(end).ok_or(format!("{at}: the mark where the figures end is gone"))?;
    std::fs::write(document, format!("{before}{begin}\n{figures}\n{end}{after}"))
        .map_err(|error| format!("{at}: {error}"))
}
