//! The exit codes people read about are those the process ends with.

use perfbase::model::ExitStatus;

/// The cells of the first table of `text` whose head begins with `columns`.
fn table<'a>(text: &'a str, columns: &[&str]) -> Vec<Vec<&'a str>> {
    let cells = |line: &'a str| -> Option<Vec<&'a str>> {
        let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        Some(inner.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
    };
    text.lines()
        .map(cells)
        .skip_while(|row| row.as_ref().is_none_or(|row| !row.starts_with(columns)))
        .skip(2)
        .map_while(|row| row)
        .collect()
}

#[test]
fn the_readme_lists_every_exit_code_with_its_word() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let listed: Vec<(String, String)> = table(&readme, &["code", "word"])
        .iter()
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    let real: Vec<(String, String)> = ExitStatus::ALL
        .iter()
        .map(|status| (status.code().to_string(), status.word().to_owned()))
        .collect();
    assert_eq!(listed, real);
}
