//! Links within the repository.

use super::pages::{Page, pages, root};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders of the repository whose files are named without a link, because the link would be dead in the
/// built book.
const FOLDERS: [&str; 9] =
    ["analysis", "benches", "core", "examples", "fixtures", "src", "tests", "torch", "xtask"];

#[test]
fn every_link_leads_to_an_existing_file_and_heading() {
    let pages = pages();
    let mut dead = Vec::new();
    for page in &pages {
        for link in links(page).iter().filter(|link| !link.contains("://")) {
            if !resolves(&pages, page, link) {
                dead.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn named_files_of_the_repository_exist() {
    let mut gone = Vec::new();
    for page in pages() {
        for event in events(&page) {
            let Event::Code(code) = event else { continue };
            let folder = code.split_once('/').map_or("", |(folder, _)| folder);
            let named = FOLDERS.contains(&folder) && !code.contains([' ', '…']);
            if named && !root().join(&*code).exists() {
                gone.push(format!("{}: {code}", page.path.display()));
            }
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

#[test]
fn the_book_has_every_chapter_and_shows_every_figure() {
    let pages = pages();
    let summary = pages.iter().find(|page| page.path.ends_with("SUMMARY.md")).unwrap();
    for page in pages.iter().filter(|page| page.path.starts_with("docs") && page.path != summary.path) {
        let name = page.path.file_name().unwrap().to_str().unwrap();
        assert!(links(summary).iter().any(|link| link == name), "SUMMARY.md lacks {name}");
    }
    for figure in fs::read_dir(root().join("docs/src/figures")).unwrap() {
        let place = format!("figures/{}", figure.unwrap().file_name().to_str().unwrap());
        assert!(pages.iter().flat_map(links).any(|link| link.ends_with(&place)), "no page shows {place}");
    }
}

#[test]
fn the_readme_fits_150_lines() {
    assert!(fs::read_to_string(root().join("README.md")).unwrap().lines().count() <= 150);
}

fn events(page: &Page) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(&page.text, Options::ENABLE_TABLES)
}

/// Returns the targets of the links and pictures of a page, as written.
fn links(page: &Page) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    };
    events(page).filter_map(target).collect()
}

/// Returns the anchors of the headings of a page in GitHub and mdBook.
fn anchors(page: &Page) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut title: Option<String> = None;
    for event in events(page) {
        match event {
            Event::Start(Tag::Heading { .. }) => title = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(title.take().map(|title| anchor(&title))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(title) = &mut title {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character.to_ascii_lowercase() }).collect()
}

fn resolves(pages: &[Page], page: &Page, link: &str) -> bool {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { page.path.clone() } else { joined(&page.path, file) };
    let Some(anchor) = anchor else { return root().join(target).exists() };
    let page = pages.iter().find(|page| page.path == target);
    page.is_some_and(|page| anchors(page).iter().any(|heading| heading == anchor))
}

/// Returns the path of a link's file, relative to the root.
fn joined(page: &Path, file: &str) -> PathBuf {
    let mut target = page.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(file).components() {
        if part == Component::ParentDir {
            target.pop();
        } else {
            target.push(part);
        }
    }
    target
}
