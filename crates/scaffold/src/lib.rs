//! The first files of a component: what `hatchery component new` and `cargo xtask new` write.
//!
//! [`NewComponent::files`] makes the texts from `template/`, [`write`] puts them into a folder. Both homes
//! of the code have the same sources; they differ in the manifest only: a member of this workspace, or a
//! workspace of its own anywhere, which depends on the SDK alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is the same wherever the component stands: path in its folder, and text.
const COMMON: [(&str, &str); 23] = [
    ("README.md", include_str!("../template/README.md")),
    ("component.toml", include_str!("../template/component.toml")),
    ("messages/en.ftl", include_str!("../template/messages/en.ftl")),
    ("messages/zh-CN.ftl", include_str!("../template/messages/zh-CN.ftl")),
    ("src/db/item.rs", include_str!("../template/src/db/item.rs")),
    ("src/db/migrations.rs", include_str!("../template/src/db/migrations.rs")),
    ("src/db/mod.rs", include_str!("../template/src/db/mod.rs")),
    ("src/domain/mod.rs", include_str!("../template/src/domain/mod.rs")),
    ("src/domain/visitor.rs", include_str!("../template/src/domain/visitor.rs")),
    ("src/error.rs", include_str!("../template/src/error.rs")),
    ("src/events.rs", include_str!("../template/src/events.rs")),
    ("src/http/mod.rs", include_str!("../template/src/http/mod.rs")),
    ("src/http/slots.rs", include_str!("../template/src/http/slots.rs")),
    ("src/http/store.rs", include_str!("../template/src/http/store.rs")),
    ("src/http/visit.rs", include_str!("../template/src/http/visit.rs")),
    ("src/lib.rs", include_str!("../template/src/lib.rs")),
    ("src/ops/add_item.rs", include_str!("../template/src/ops/add_item.rs")),
    ("src/ops/drop_products.rs", include_str!("../template/src/ops/drop_products.rs")),
    ("src/ops/mod.rs", include_str!("../template/src/ops/mod.rs")),
    ("src/ops/read_list.rs", include_str!("../template/src/ops/read_list.rs")),
    ("src/resources.rs", include_str!("../template/src/resources.rs")),
    ("src/settings.rs", include_str!("../template/src/settings.rs")),
    ("templates/product.html", include_str!("../template/templates/product.html")),
];

/// What only a component in a workspace of its own has.
const OWN: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../template/own/Cargo.toml.txt")),
    (".clippy.toml", include_str!("../template/own/clippy.toml")),
    (".gitignore", include_str!("../template/own/gitignore")),
    (".rustfmt.toml", include_str!("../template/own/rustfmt.toml")),
    ("tests/declaration.rs", include_str!("../template/own/declaration.rs")),
];

/// What only a component of this workspace has.
const MEMBER: [(&str, &str); 1] =
    [("Cargo.toml", include_str!("../template/workspace/Cargo.toml.txt"))];

/// What a component does before somebody says what it shall do.
pub const SUMMARY: &str = "Lets visitors keep a list of products.";

/// Names that cannot be those of a crate: words of the language, and what the crate depends on.
const TAKEN: [&str; 46] = [
    "as",
    "async",
    "await",
    "axum",
    "break",
    "chrono",
    "const",
    "continue",
    "core",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "kernel",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "thiserror",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "utoipa",
    "uuid",
    "while",
];

/// A component to be written.
#[derive(Clone, Debug)]
pub struct NewComponent {
    /// Its id: `wishlist`, `payment-acme`.
    pub id: String,
    /// One sentence with a full stop.
    pub summary: String,
    /// Where its code stands.
    pub home: Home,
}

/// Where the code of a component stands.
#[derive(Clone, Debug)]
pub enum Home {
    /// In the workspace of Hatchery, below `plugins`.
    Member,
    /// In a workspace of its own.
    Own {
        /// Where the SDK is.
        sdk: Sdk,
    },
}

/// Where the SDK of a component is.
#[derive(Clone, Debug)]
pub enum Sdk {
    /// A folder: `crates/sdk` of a checkout of Hatchery.
    Folder(PathBuf),
    /// A git repository of Hatchery.
    Repository(String),
}

/// Why a component cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The id is none.
    #[error(
        "'{id}' is no id of a component: write lower-case words with dashes, such as wishlist or \
         payment-acme"
    )]
    Id {
        /// What was given.
        id: String,
    },
    /// The id is a word that no crate can have as its name.
    #[error("a crate cannot be called '{id}'; take another name")]
    Taken {
        /// What was given.
        id: String,
    },
    /// The summary is not one line.
    #[error("the summary is one line without quotes")]
    Summary,
    /// The folder is there.
    #[error("{} is there already; nothing is overwritten", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The SDK is not where it was said to be.
    #[error("there is no SDK in {}: it is the folder crates/sdk of Hatchery", path.display())]
    NoSdk {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl NewComponent {
    /// All files: path in the component's folder, and text.
    ///
    /// # Errors
    /// An id or a summary that cannot be one; no SDK in the folder.
    pub fn files(&self) -> Result<Vec<(&'static str, String)>, ScaffoldError> {
        let Self { id, summary, home } = self;
        check_id(id)?;
        if summary.contains(['"', '\\', '|']) || summary.lines().count() != 1 {
            return Err(ScaffoldError::Summary);
        }
        let name = id.replace('-', "_");
        let (own, crate_name, sdk, build): (&[_], _, _, _) = match home {
            Home::Member => {
                let build = "cargo xtask test --only integration -- __name__";
                (&MEMBER, format!("hatchery_{name}"), String::new(), build)
            }
            Home::Own { sdk } => {
                let build = "cargo test\ncargo build\n\
                             hatchery component check target/debug/lib__name__.so";
                (&OWN, name.clone(), sdk.dependency()?, build)
            }
        };
        let fill = |text: &str| {
            text.replace("__build__", build)
                .replace("__crate__", &crate_name)
                .replace("__sdk__", &sdk)
                .replace("__summary__", summary)
                .replace("__title__", &words(id))
                .replace("__Name__", &type_name(id))
                .replace("__name__", &name)
                .replace("__id__", id)
        };
        Ok(COMMON.iter().chain(own).map(|(path, text)| (*path, fill(text))).collect())
    }
}

impl Sdk {
    fn dependency(&self) -> Result<String, ScaffoldError> {
        match self {
            Self::Repository(url) => Ok(format!("git = \"{url}\"")),
            Self::Folder(folder) => {
                let no_sdk = || ScaffoldError::NoSdk { path: folder.clone() };
                let path = folder.canonicalize().map_err(|_| no_sdk())?;
                if !path.join("src/lib.rs").is_file() || !path.join("Cargo.toml").is_file() {
                    return Err(no_sdk());
                }
                Ok(format!("path = '{}'", path.display()))
            }
        }
    }

    /// The versions of all crates that the SDK was tested with, when it is in a checkout.
    fn lock(&self) -> Option<PathBuf> {
        let Self::Folder(folder) = self else { return None };
        let lock = folder.canonicalize().ok()?.parent()?.parent()?.join("Cargo.lock");
        lock.is_file().then_some(lock)
    }
}

/// Writes a component into a new folder; what it wrote, in order.
///
/// # Errors
/// The folder is there already; what [`NewComponent::files`] refuses; the disk.
pub fn write(component: &NewComponent, folder: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
    let files = component.files()?;
    let is_empty = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut it| it.next().is_none());
    if folder.exists() && !is_empty(folder) {
        return Err(ScaffoldError::Exists { path: folder.to_owned() });
    }
    let mut written = Vec::new();
    for (path, text) in files {
        let path = folder.join(path);
        let unwritable = |source| ScaffoldError::Unwritable { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(&path, text).map_err(unwritable)?;
        written.push(path);
    }
    // The same versions as the host: nothing is downloaded that was not, and nothing is newer.
    if let Home::Own { sdk } = &component.home
        && let Some(lock) = sdk.lock()
    {
        let path = folder.join("Cargo.lock");
        fs::copy(lock, &path)
            .map_err(|source| ScaffoldError::Unwritable { path: path.clone(), source })?;
        written.push(path);
    }
    Ok(written)
}

/// Whether a text is an id: lower-case words with dashes.
///
/// # Errors
/// It is none, or one that no crate can have as its name.
pub fn check_id(id: &str) -> Result<(), ScaffoldError> {
    let is_word = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    if id.len() > 40 || !id.split('-').all(is_word) {
        return Err(ScaffoldError::Id { id: id.to_owned() });
    }
    if TAKEN.contains(&id) {
        return Err(ScaffoldError::Taken { id: id.to_owned() });
    }
    Ok(())
}

/// `payment-acme` as `PaymentAcme`.
fn type_name(id: &str) -> String {
    id.split('-').map(with_capital).collect()
}

/// `payment-acme` as `Payment acme`.
fn words(id: &str) -> String {
    with_capital(&id.replace('-', " "))
}

fn with_capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str) -> NewComponent {
        NewComponent { id: id.into(), summary: SUMMARY.into(), home: Home::Member }
    }

    fn own(id: &str) -> NewComponent {
        let sdk = Sdk::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk"));
        NewComponent { home: Home::Own { sdk }, ..member(id) }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for component in [member("gift-wrap"), own("gift-wrap")] {
            for (path, text) in component.files().unwrap() {
                assert!(!text.contains("__"), "{path}: {text}");
            }
        }
        let files = own("gift-wrap").files().unwrap();
        let text = |wanted: &str| {
            files.iter().find(|(path, _)| *path == wanted).map(|(_, text)| text.as_str()).unwrap()
        };
        assert!(text("component.toml").contains("id = \"gift-wrap\""));
        assert!(text("src/lib.rs").contains("pub struct GiftWrapComponent;"));
        assert!(text("src/db/migrations.rs").contains(".table(\"gift_wrap_item\")"));
        assert!(text("tests/declaration.rs").contains("use gift_wrap::GiftWrapComponent;"));
        assert!(text("messages/en.ftl").contains("gift-wrap-gift-wrap-items = Gift wrap"));
    }

    #[test]
    fn it_depends_on_the_same_versions_as_the_workspace() {
        let read = |text: &str| text.parse::<toml::Table>().unwrap();
        let workspace = read(include_str!("../../../Cargo.toml"));
        let ours = workspace["workspace"]["dependencies"].as_table().unwrap();
        let (_, text) = &own("tea").files().unwrap()[COMMON.len()];
        let theirs = read(text)["dependencies"].as_table().unwrap().clone();
        let version =
            |it: &toml::Value| it.get("version").unwrap_or(it).as_str().map(str::to_owned);
        for (name, dependency) in theirs.iter().filter(|(name, _)| *name != "hatchery-sdk") {
            assert_eq!(version(dependency), version(&ours[name]), "{name}");
        }
        let of_hatchery = theirs.keys().filter(|name| name.starts_with("hatchery"));
        assert_eq!(of_hatchery.collect::<Vec<_>>(), ["hatchery-sdk"]);
        let edition = |table: &toml::Table| table["package"]["edition"].clone();
        let ours = workspace["workspace"].as_table().unwrap();
        assert_eq!(edition(&read(text)), edition(ours));
    }

    #[test]
    fn ids_are_words_with_dashes() {
        let check = |id: &str, expected: bool| assert_eq!(check_id(id).is_ok(), expected, "{id}");
        check("wishlist", true);
        check("payment-acme2", true);
        check("Wishlist", false);
        check("wish_list", false);
        check("wish--list", false);
        check("2-wishes", false);
        check("", false);
        check("match", false);
        check("../wishlist", false);
        assert_eq!(type_name("payment-acme"), "PaymentAcme");
    }

    #[test]
    fn an_sdk_that_is_not_there_is_named() {
        let sdk = Sdk::Folder("/nowhere/sdk".into());
        let component = NewComponent { home: Home::Own { sdk }, ..member("tea") };
        let error = component.files().unwrap_err().to_string();
        assert!(error.contains("no SDK in /nowhere/sdk"), "{error}");
    }
}
