//! Pages: templates, words and static files of all components, and the theme that overlays them.
//!
//! A handler answers a [`View`]; [`Renderer::render`] asks the slots it names, renders the fragments they
//! give, then the page. A theme is a folder with `<component>/<file>`: files that end in `.html` replace
//! templates, all others replace static files; `theme.css` in its root is the theme's own style sheet
//! (templates see its address as `theme.css`). Changes of the folder show without a restart.

mod format;
mod functions;
mod look;
mod page;
mod slots;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono_tz::Tz;
use hatchery_component::declaration::SlotHandler;
use hatchery_component::{Ctx, Declaration, Error, Result, View};
use hatchery_types::Locale;
use minijinja::value::{Serde, Value};

use self::look::Look;
pub use self::look::StaticFile;
use self::page::{Current, PageContext, variables, with_page};
use self::words::Words;
use crate::active::Active;
use crate::request::RequestFacts;

/// How often the theme's folder is looked at, at most.
const THEME_PAUSE: Duration = Duration::from_secs(1);
/// How long the filler of a slot may take when nothing else is set.
const SLOT_DEADLINE: Duration = Duration::from_millis(50);

/// What components bring, by their ids.
type Declarations = BTreeMap<Arc<str>, Arc<Declaration>>;

/// Renders views with the templates, words and static files of one set of components.
pub struct Renderer {
    declarations: Declarations,
    words: Arc<Words>,
    look: ArcSwap<Look>,
    /// Keeps what other stores with the same components may share.
    _shared: Arc<Shared>,
    fillers: BTreeMap<String, Vec<(Arc<str>, SlotHandler)>>,
    slot_deadline: Duration,
    theme: Option<PathBuf>,
    looked_at: Mutex<Instant>,
    interfaces: Arc<BTreeSet<String>>,
}

/// Words and templates of a set of components, without a theme. They take most of the memory of an open store
/// and of the time to open one, so all stores with the same set have the same.
struct Shared {
    declarations: Declarations,
    words: Arc<Words>,
    look: Arc<Look>,
}

/// Those of a set of components, made when no open store has them.
fn shared(declarations: &Declarations) -> Result<Arc<Shared>> {
    static SHARED: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());
    let is_same = |shared: &Arc<Shared>| {
        let pairs = shared.declarations.iter().zip(declarations);
        shared.declarations.len() == declarations.len()
            && pairs
                .into_iter()
                .all(|((id, one), (name, other))| id == name && Arc::ptr_eq(one, other))
    };
    // Whoever waits here would otherwise make the same.
    let mut known = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|shared| shared.strong_count() > 0);
    if let Some(found) = known.iter().filter_map(Weak::upgrade).find(is_same) {
        return Ok(found);
    }
    let made = Arc::new(Shared {
        declarations: declarations.clone(),
        words: Arc::new(Words::build(declarations)?),
        look: Arc::new(Look::build(declarations, None)?),
    });
    known.push(Arc::downgrade(&made));
    Ok(made)
}

/// What a page and all its fragments share.
pub(crate) struct Prepared {
    page: Arc<PageContext>,
    variables: BTreeMap<String, Value>,
}

impl Renderer {
    /// The renderer of a set of components, with a theme's folder if the store has one.
    ///
    /// # Errors
    /// A template or message that cannot be read, named with its component and line; a message that two
    /// components bring.
    pub fn build(
        components: &BTreeMap<Arc<str>, Arc<Active>>,
        theme: Option<PathBuf>,
    ) -> Result<Self> {
        // Not the components themselves: they end when their assembly does.
        let declarations: Declarations = components
            .iter()
            .map(|(id, active)| (id.clone(), active.declaration.clone()))
            .collect();
        let shared = shared(&declarations)?;
        let look = match &theme {
            None => shared.look.clone(),
            Some(theme) => Arc::new(Look::build(&declarations, Some(theme))?),
        };
        Ok(Self {
            words: shared.words.clone(),
            look: ArcSwap::new(look),
            _shared: shared,
            declarations,
            slot_deadline: SLOT_DEADLINE,
            fillers: slots::fillers(components),
            theme,
            looked_at: Mutex::new(Instant::now()),
            interfaces: Arc::new(interfaces(components)),
        })
    }

    /// The same with another limit for how long the filler of a slot may take.
    #[must_use]
    pub fn with_slot_deadline(self, slot_deadline: Duration) -> Self {
        Self { slot_deadline, ..self }
    }

    /// Asks the slots of a view, renders what they give, then the view itself.
    ///
    /// # Errors
    /// There is no such template, or it fails; the log has its name and line.
    pub async fn render(&self, ctx: &Ctx, view: View, request: &RequestFacts) -> Result<String> {
        self.follow_theme();
        let page = self.page(ctx, request);
        let variables = variables(ctx, &page, request);
        self.fragment(ctx, view, &Prepared { page: Arc::new(page), variables }, 0).await
    }

    /// A message in a language, in English when that language lacks it, else the key.
    pub fn translate(
        &self,
        locale: &Locale,
        key: &str,
        arguments: &BTreeMap<String, serde_json::Value>,
    ) -> String {
        self.words.translate(&[locale], key, arguments)
    }

    /// A message in the first of the languages that has it.
    pub(crate) fn translate_in(
        &self,
        locales: &[&Locale],
        key: &str,
        arguments: &BTreeMap<String, serde_json::Value>,
    ) -> String {
        self.words.translate(locales, key, arguments)
    }

    /// Whether there is such a template.
    pub fn has_template(&self, name: &str) -> bool {
        self.look.load().environment.get_template(name).is_ok()
    }

    /// A static file by its name, `component/path`.
    pub fn asset(&self, name: &str) -> Option<StaticFile> {
        self.follow_theme();
        self.look.load().assets.get(name).cloned()
    }

    pub(crate) const fn slot_deadline(&self) -> Duration {
        self.slot_deadline
    }

    pub(crate) fn fillers(&self, slot: &str) -> &[(Arc<str>, SlotHandler)] {
        self.fillers.get(slot).map_or(&[], Vec::as_slice)
    }

    pub(crate) async fn fragment(
        &self,
        ctx: &Ctx,
        view: View,
        prepared: &Prepared,
        depth: usize,
    ) -> Result<String> {
        let slots = Arc::new(slots::fill(self, ctx, view.slots, prepared, depth).await);
        let data: BTreeMap<String, Value> =
            view.data.iter().map(|(key, value)| (key.clone(), Value::from(Serde(value)))).collect();
        let mut context = data.clone();
        context.insert("page".to_owned(), Value::from(data));
        context.extend(prepared.variables.clone());
        let page = prepared.page.clone();
        let look = page.look.clone();
        let rendered = with_page(Current { page, slots }, || {
            look.environment.get_template(&view.template)?.render(Value::from(context))
        });
        rendered.map_err(|error| Error::internal(look::describe(&error)))
    }

    fn page(&self, ctx: &Ctx, request: &RequestFacts) -> PageContext {
        let store = ctx.store();
        PageContext {
            words: self.words.clone(),
            look: self.look.load_full(),
            locale: ctx.locale().clone(),
            store_locale: store.locale(),
            currency: store.currency,
            zone: store.time_zone.parse().unwrap_or(Tz::UTC),
            path: request.path.clone(),
            query: request.query.clone(),
            interfaces: self.interfaces.clone(),
        }
    }

    /// Compiles the theme again when its folder changed. A theme with a mistake keeps the old look.
    fn follow_theme(&self) {
        let Some(theme) = &self.theme else { return };
        // Somebody else is looking already, or looked a moment ago.
        let Ok(mut looked_at) = self.looked_at.try_lock() else { return };
        if looked_at.elapsed() < THEME_PAUSE {
            return;
        }
        *looked_at = Instant::now();
        if look::stamp(theme) == self.look.load().stamp {
            return;
        }
        match Look::build(&self.declarations, Some(theme)) {
            Ok(look) => {
                tracing::info!(theme = %theme.display(), "the theme was read again");
                self.look.store(Arc::new(look));
            }
            Err(error) => tracing::error!(
                theme = %theme.display(),
                "the changed theme cannot be used, the old one stays: {}", error.chain()
            ),
        }
    }
}

/// The interfaces that something in the set provides.
fn interfaces(components: &BTreeMap<Arc<str>, Arc<Active>>) -> BTreeSet<String> {
    let provided = components.values().flat_map(|active| active.instance.provided());
    provided.map(|(id, _)| (*id).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::tests as fixtures;

    fn declaration() -> Declaration {
        Declaration::new()
            .templates([
                ("layout.html", "<title>{% block title %}{{ store.name }}{% endblock %}</title>{% block content %}{% endblock %}"),
                ("page.html", "{% extends 'a/layout.html' %}{% block content %}<p>{{ name }}|{{ page.name }}|{{ gone.deep }}|{{ t('a-hello', name=name) }}</p>{{ slot('a.after', 7) }}{% endblock %}"),
                ("filters.html", "{{ price|money }} {{ at|datetime }} {{ at|date }} {{ day|date }} {{ count|number }} {{ text|localized }} {{ none|money }}"),
                ("functions.html", "{{ asset('a/site.css') }} {{ with_query(page=2, q=none) }} {{ active('/shelf') }} {{ active('/she') }} {{ has('texts') }} {{ request.path }}?{{ request.query }} {{ actor.kind }}"),
                ("broken.html", "line one
{{ 1 / 0 }}"),
                ("bit.html", "<b>{{ subject }}</b>"),
            ])
            .messages(Locale::en(), "a-hello = Hello { $name }
")
            .messages(Locale::zh_cn(), "a-hello = 你好 { $name }
")
            .asset("site.css", "text/css", b"body{}")
    }

    fn filling(component: &'static str, wait: Duration) -> Declaration {
        Declaration::new().slot("a.after", move |_, subjects| async move {
            tokio::time::sleep(wait).await;
            assert!(component != "panics", "as told");
            let view = |subject: &String| {
                View::new("a/bit.html").with("subject", format!("{component} {subject}"))
            };
            Ok(subjects.iter().map(|subject| (subject.clone(), view(subject))).collect())
        })
    }

    fn renderer(parts: Vec<(&str, Declaration)>) -> Renderer {
        Renderer::build(&fixtures::components(parts), None).unwrap()
    }

    fn request() -> RequestFacts {
        let path = "/shelf/2".to_owned();
        let query = "q=a%20b&sort=name".to_owned();
        RequestFacts { path, query, ..RequestFacts::outside(&fixtures::store_info()) }
    }

    async fn render(renderer: &Renderer, view: View, locale: Locale) -> Result<String> {
        renderer.render(&fixtures::guest().with_locale(locale), view, &request()).await
    }

    #[tokio::test]
    async fn a_page_extends_escapes_and_speaks_the_language() {
        let renderer = renderer(vec![("a", declaration())]);
        let view = View::new("a/page.html").with("name", "<Ada>");
        let html = render(&renderer, view.clone(), Locale::zh_cn()).await.unwrap();
        let expect = "<title>Demo</title><p>&lt;Ada&gt;|&lt;Ada&gt;||你好 &lt;Ada&gt;</p>";
        assert_eq!(html, expect);
    }

    #[tokio::test]
    async fn filters_follow_language_and_zone() {
        let renderer = renderer(vec![("a", declaration())]);
        let view = View::new("a/filters.html")
            .with("price", json!({ "minor": 123_456, "currency": "GBP" }))
            .with("at", "2026-11-21T23:30:00Z")
            .with("day", "2026-11-21")
            .with("count", 1_234.5)
            .with("text", json!({ "en": "Pot", "zh-CN": "壶" }));
        let html = render(&renderer, view.clone(), Locale::en()).await.unwrap();
        assert_eq!(html.trim(), "£1,234.56 21 Nov 2026, 23:30 21 Nov 2026 21 Nov 2026 1,234.5 Pot");
        let html = render(&renderer, view, Locale::zh_cn()).await.unwrap();
        assert_eq!(
            html.trim(),
            "£1,234.56 2026年11月21日 23:30 2026年11月21日 2026年11月21日 1,234.5 壶"
        );
    }

    #[tokio::test]
    async fn functions_know_the_request_and_the_store() {
        let renderer = renderer(vec![("a", declaration())]);
        let html = render(&renderer, View::new("a/functions.html"), Locale::en()).await.unwrap();
        let css = renderer.asset("a/site.css").unwrap();
        let expect = format!(
            "/assets/{}/a/site.css /shelf/2?sort=name&amp;page=2 true false false /shelf/2?q=a%20b&amp;sort=name guest",
            css.hash
        );
        assert_eq!(html, expect);
    }

    #[tokio::test]
    async fn slots_are_asked_together_and_wait_for_nobody() {
        let renderer = renderer(vec![
            ("a", declaration()),
            ("b", filling("b", Duration::ZERO)),
            ("c", filling("c", Duration::ZERO)),
            ("late", filling("late", Duration::from_secs(60))),
            ("panics", filling("panics", Duration::ZERO)),
        ]);
        let view = View::new("a/page.html").with("name", "x").slot("a.after", ["7".to_owned()]);
        let began = Instant::now();
        let html = render(&renderer, view, Locale::en()).await.unwrap();
        assert!(html.ends_with("</p><b>b 7</b><b>c 7</b>"), "{html}");
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn a_template_error_names_the_line_in_private() {
        let renderer = renderer(vec![("a", declaration())]);
        let error = render(&renderer, View::new("a/broken.html"), Locale::en()).await.unwrap_err();
        assert!(error.chain().contains("a/broken.html:2: "), "{}", error.chain());
        assert!(!error.message().contains("broken"), "{error}");
        let error = render(&renderer, View::new("a/none.html"), Locale::en()).await.unwrap_err();
        assert!(error.chain().contains("a/none.html"), "{}", error.chain());
        let broken = Declaration::new().templates([(
            "x.html",
            "a
{% if %}",
        )]);
        let error =
            Renderer::build(&fixtures::components(vec![("b", broken)]), None).err().unwrap();
        assert!(error.message().starts_with("b/x.html:2: "), "{error}");
    }

    #[tokio::test]
    async fn a_theme_overlays_and_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(
            folder.path().join("a/layout.html"),
            "T1 {% block content %}{% endblock %} {{ theme.css }}",
        )
        .unwrap();
        std::fs::write(folder.path().join("a/site.css"), "a{}").unwrap();
        let components = fixtures::components(vec![("a", declaration())]);
        let renderer = Renderer::build(&components, Some(folder.path().to_owned())).unwrap();
        let view = View::new("a/page.html").with("name", "x");
        let html = render(&renderer, view.clone(), Locale::en()).await.unwrap();
        assert_eq!(html, "T1 <p>x|x||Hello x</p> ");
        assert_eq!(renderer.asset("a/site.css").unwrap().bytes, "a{}");

        std::fs::write(folder.path().join("theme.css"), "b{}").unwrap();
        *renderer.looked_at.lock().unwrap() = Instant::now() - Duration::from_secs(2);
        let html = render(&renderer, view.clone(), Locale::en()).await.unwrap();
        let css = renderer.asset("theme/theme.css").unwrap();
        assert_eq!(html, format!("T1 <p>x|x||Hello x</p> /assets/{}/theme/theme.css", css.hash));

        std::fs::write(folder.path().join("a/layout.html"), "{% broken").unwrap();
        *renderer.looked_at.lock().unwrap() = Instant::now() - Duration::from_secs(2);
        assert_eq!(render(&renderer, view, Locale::en()).await.unwrap(), html);
    }

    #[tokio::test]
    #[ignore = "a measurement"]
    async fn measure() {
        const PAGE: &str = "{% extends 'a/layout.html' %}{% block content %}{% for card in cards %}\
            <li><a href=\"/things/{{ card.slug }}\">{{ card.name|localized }}</a> {{ card.price|money }} \
            {{ t('a-hello', name=card.slug) }} {{ card.at|datetime }}{{ slot('a.after', card.slug) }}</li>\
            {% endfor %}{% endblock %}";
        let declaration = declaration().templates([("list.html", PAGE)]);
        let renderer = renderer(vec![("a", declaration), ("b", filling("b", Duration::ZERO))]);
        let slugs: Vec<String> = (0..50).map(|number| format!("thing-{number}")).collect();
        let cards: Vec<serde_json::Value> = slugs
            .iter()
            .map(|slug| json!({
                "slug": slug, "name": { "en": slug, "zh-CN": slug }, "at": "2026-11-21T23:30:00Z",
                "price": { "minor": 255, "currency": "GBP" },
            }))
            .collect();
        let view = View::new("a/list.html").with("cards", cards).slot("a.after", slugs);
        let began = Instant::now();
        for _ in 0..200 {
            render(&renderer, view.clone(), Locale::en()).await.unwrap();
        }
        println!("{:?} per page of 50 cards with a slot each", began.elapsed() / 200);
    }
}
