//! As much of Markdown as the project's documents use.

/// A fenced block.
pub(crate) struct Block {
    /// What stands behind the fence.
    pub(crate) language: String,
    pub(crate) lines: Vec<String>,
}

pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block without an end");
    blocks
}

/// The lines that are not in fenced blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut fenced = false;
    text.lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
        .collect()
}

/// What stands under the heading `title` of the second level, without deeper structure.
pub(crate) fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let heading = format!("\n## {title}\n");
    let (_, rest) = text.split_once(&heading).unwrap_or_else(|| panic!("no section `{title}`"));
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The cells of the first table, without its head.
pub(crate) fn table(text: &str) -> Vec<Vec<String>> {
    let rows = prose(text).into_iter().skip_while(|line| !line.starts_with('|'));
    rows.take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// Code within lines.
pub(crate) fn spans(text: &str) -> Vec<String> {
    let lines = prose(text);
    lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Where links lead.
pub(crate) fn links(text: &str) -> Vec<String> {
    let prose = prose(text).join("\n");
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The headings as anchors name them.
pub(crate) fn headings(text: &str) -> Vec<String> {
    let titles = prose(text).into_iter().filter(|line| line.starts_with('#'));
    titles
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}
