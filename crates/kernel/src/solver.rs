//! Which components a store runs, and in which order they start. Pure: manifests in, answer out.
//!
//! [`resolve`] leaves out what cannot work and names why, so that a store always boots; [`plan`] refuses
//! as a whole, for a person who is about to change something. Both see the same rules:
//!
//! - a component's `requires` must be provided, in a version that fits; so must an `optional` one that is
//!   there at all;
//! - an exclusive interface has one active provider: the chosen one, or the only one;
//! - nothing may need itself, directly or around a circle.
//!
//! The answer depends on names only, never on the sequence of the input.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use hatchery_component::Manifest;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use semver::{Version, VersionReq};

/// Id of the pseudo component by which the kernel itself takes part. It is always on.
pub const KERNEL: &str = "kernel";

/// What is to be solved.
#[derive(Clone, Default)]
pub struct Question {
    /// Every component the host knows, by id.
    pub manifests: BTreeMap<String, Arc<Manifest>>,
    /// Components that should run.
    pub wanted: BTreeSet<String>,
    /// The chosen component of exclusive interfaces.
    pub choices: BTreeMap<String, String>,
    /// Why known components are not wanted: `off in config/default.toml:7`. Only for messages.
    pub off: BTreeMap<String, String>,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The components in the sequence they start in: whatever is needed comes first, ties by name.
    pub start: Vec<String>,
    /// The active provider of each exclusive interface.
    pub active: BTreeMap<String, String>,
    /// Why a wanted component is left out, or a choice has no effect, by component.
    pub problems: BTreeMap<String, Vec<Reason>>,
}

impl Resolution {
    /// Whether a component runs.
    pub fn runs(&self, component: &str) -> bool {
        self.start.iter().any(|id| id == component)
    }

    /// The problems of a component as one text.
    pub fn problem(&self, component: &str) -> Option<String> {
        let reasons = self.problems.get(component)?;
        Some(reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join("; "))
    }
}

/// Why a set of components cannot be as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// No such component.
    #[error("there is no component '{component}'{}", did_you_mean(.nearest.as_deref()))]
    UnknownComponent {
        /// The name that was asked for.
        component: String,
        /// A known one that reads like it.
        nearest: Option<String>,
    },
    /// Components that provide what is needed exist, but none of them runs.
    #[error("'{component}' needs {need}, which {} provides; {}", any_of(.providers.keys()), states(.providers))]
    ProviderOff {
        /// Who needs it.
        component: String,
        /// What it needs.
        need: Need,
        /// Who could provide it, and why each does not.
        providers: BTreeMap<String, String>,
    },
    /// Nobody provides what is needed.
    #[error("'{component}' needs {need}, which no component of this host provides")]
    NoProvider {
        /// Who needs it.
        component: String,
        /// What it needs.
        need: Need,
    },
    /// The provider has a version that does not fit.
    #[error("'{component}' works with {need}, but '{provider}' provides version {version}")]
    WrongVersion {
        /// Who uses it.
        component: String,
        /// What it uses.
        need: Need,
        /// Who provides it.
        provider: String,
        /// In which version.
        version: Version,
    },
    /// Two or more provide an exclusive interface and none is chosen.
    #[error(
        "{} all provide '{interface}', of which a store uses one; set kernel.use.{interface} to one of \
         them or switch the others off",
        all_of(.providers)
    )]
    Ambiguous {
        /// The interface.
        interface: String,
        /// Who provides it.
        providers: BTreeSet<String>,
    },
    /// The chosen provider does not run or does not provide the interface.
    #[error("kernel.use.{interface} names '{component}', which {why}")]
    ChoiceAbsent {
        /// The interface.
        interface: String,
        /// The chosen component.
        component: String,
        /// What is wrong with it.
        why: String,
    },
    /// One provider calls the interface exclusive, another collective.
    #[error("{} disagree on whether all implementations of '{interface}' are used; one of them is built \
             for another version of it", all_of(.providers))]
    Disagreement {
        /// The interface.
        interface: String,
        /// Who provides it.
        providers: BTreeSet<String>,
    },
    /// Components need each other.
    #[error("{} need each other, so none of them can start first", all_of(.components))]
    Circle {
        /// Who.
        components: BTreeSet<String>,
    },
}

/// An interface with the versions that fit: `'stock' ^1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    interface: String,
    versions: String,
}

impl Need {
    fn new(interface: &str, versions: &VersionReq) -> Self {
        Self { interface: interface.to_owned(), versions: versions.to_string() }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' {}", self.interface, self.versions)
    }
}

/// The set as wanted, or every reason why it cannot be.
///
/// # Errors
/// All reasons, sorted.
pub fn plan(question: &Question) -> Result<Resolution, Vec<Reason>> {
    let resolution = resolve(question);
    if resolution.problems.is_empty() {
        return Ok(resolution);
    }
    let reasons: BTreeSet<Reason> = resolution.problems.into_values().flatten().collect();
    Err(reasons.into_iter().collect())
}

/// The largest part of the set that works, with the reasons for what is left out.
pub fn resolve(question: &Question) -> Resolution {
    let mut problems = Problems::default();
    let mut set = BTreeSet::new();
    for component in &question.wanted {
        if question.manifests.contains_key(component) {
            set.insert(component.clone());
        } else {
            let nearest = nearest(component, question.manifests.keys().map(String::as_str));
            let component = component.clone();
            problems.add(component.clone(), Reason::UnknownComponent { component, nearest });
        }
    }
    if question.manifests.contains_key(KERNEL) {
        set.insert(KERNEL.to_owned());
    }
    // Each round removes at least one component or is the last.
    loop {
        let round = Round::new(question, &set, &problems);
        let found = round.problems();
        if found.is_empty() {
            let (active, start, ineffective) =
                (round.all_active(), round.start(), round.ineffective());
            for (component, reason) in ineffective {
                problems.add(component, reason);
            }
            return Resolution { start, active, problems: problems.0 };
        }
        for (component, reason) in found {
            set.remove(&component);
            problems.add(component, reason);
        }
    }
}

/// The known name that reads most like `given`, if any is near: letters swapped, left out or mistyped, or
/// one name part of the other.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const NEAR: f64 = 0.65;
    const PART: f64 = 0.8;
    let likeness = |name: &str| {
        let is_part = given.len() > 2 && (name.contains(given) || given.contains(name));
        let typed = strsim::normalized_damerau_levenshtein(given, name);
        let part = if is_part { PART } else { 0.0 };
        strsim::jaro_winkler(given, name).max(typed).max(part)
    };
    known
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(left.1)))
        .map(|(_, name)| name.to_owned())
}

pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}

#[derive(Default)]
struct Problems(BTreeMap<String, Vec<Reason>>);

impl Problems {
    fn add(&mut self, component: String, reason: Reason) {
        let reasons = self.0.entry(component).or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}

/// One look at a set of components.
struct Round<'a> {
    question: &'a Question,
    set: &'a BTreeSet<String>,
    left_out: &'a Problems,
    /// Providers in the set, by interface.
    providers: BTreeMap<&'a str, BTreeMap<&'a str, (&'a Version, bool)>>,
}

impl<'a> Round<'a> {
    fn new(question: &'a Question, set: &'a BTreeSet<String>, left_out: &'a Problems) -> Self {
        let mut providers: BTreeMap<&str, BTreeMap<&str, (&Version, bool)>> = BTreeMap::new();
        for id in set {
            for (interface, provision) in &question.manifests[id].provides {
                let provision = (&provision.version, provision.collective);
                providers.entry(interface).or_default().insert(id, provision);
            }
        }
        Self { question, set, left_out, providers }
    }

    /// What makes components of the set impossible, by component.
    fn problems(&self) -> Vec<(String, Reason)> {
        let mut found = Vec::new();
        for (interface, providers) in &self.providers {
            let reason = if self.disagree(interface) {
                Reason::Disagreement { interface: (*interface).into(), providers: names(providers) }
            } else if self.is_exclusive(interface) && self.active(interface).is_none() {
                Reason::Ambiguous { interface: (*interface).into(), providers: names(providers) }
            } else {
                continue;
            };
            let blamed = providers.keys().filter(|id| **id != KERNEL);
            found.extend(blamed.map(|id| ((*id).to_owned(), reason.clone())));
        }
        for id in self.set {
            let manifest = &self.question.manifests[id];
            for (interface, versions) in &manifest.requires {
                if self.used(interface).is_empty() {
                    found.push((id.clone(), self.absent(id, interface, versions)));
                }
            }
            for (interface, versions) in manifest.requires.iter().chain(&manifest.optional) {
                for (provider, version) in self.used(interface) {
                    if !versions.matches(version) {
                        let (component, provider) = (id.clone(), provider.to_owned());
                        let (need, version) = (Need::new(interface, versions), version.clone());
                        let reason = Reason::WrongVersion { component, need, provider, version };
                        found.push((id.clone(), reason));
                    }
                }
            }
        }
        if found.is_empty() {
            found = self.circles();
        }
        found
    }

    fn absent(&self, id: &str, interface: &str, versions: &VersionReq) -> Reason {
        let (component, need) = (id.to_owned(), Need::new(interface, versions));
        let provides = |manifest: &&Arc<Manifest>| manifest.provides.contains_key(interface);
        let providers: BTreeMap<String, String> = self
            .question
            .manifests
            .values()
            .filter(provides)
            .map(|manifest| (manifest.id.clone(), self.state(&manifest.id)))
            .collect();
        match providers.is_empty() {
            true => Reason::NoProvider { component, need },
            false => Reason::ProviderOff { component, need, providers },
        }
    }

    /// Why a known component does not run.
    fn state(&self, id: &str) -> String {
        if self.left_out.0.contains_key(id) {
            return "cannot run either".to_owned();
        }
        self.question.off.get(id).cloned().unwrap_or_else(|| "is switched off".to_owned())
    }

    fn circles(&self) -> Vec<(String, Reason)> {
        let graph = self.graph();
        let mut found = Vec::new();
        for circle in tarjan_scc(&graph) {
            let around = circle.len() > 1 || circle.iter().any(|id| graph.contains_edge(id, id));
            if around {
                let components: BTreeSet<String> =
                    circle.iter().map(|id| (*id).to_owned()).collect();
                for id in circle {
                    found.push((id.to_owned(), Reason::Circle { components: components.clone() }));
                }
            }
        }
        found
    }

    /// An edge from each component to those it needs.
    fn graph(&self) -> DiGraphMap<&str, ()> {
        let mut graph = DiGraphMap::new();
        for id in self.set {
            graph.add_node(id.as_str());
            for interface in self.question.manifests[id].requires.keys() {
                for (provider, _) in self.used(interface) {
                    graph.add_edge(id.as_str(), provider, ());
                }
            }
        }
        graph
    }

    fn all_active(&self) -> BTreeMap<String, String> {
        let exclusive = self.providers.keys().filter(|interface| self.is_exclusive(interface));
        exclusive
            .filter_map(|interface| {
                Some(((*interface).to_owned(), self.active(interface)?.to_owned()))
            })
            .collect()
    }

    /// Choices without effect, by the chosen component.
    fn ineffective(&self) -> Vec<(String, Reason)> {
        let mut found = Vec::new();
        for (interface, component) in &self.question.choices {
            if let Some(why) = self.without_effect(interface, component) {
                let (interface, component) = (interface.clone(), component.clone());
                found.push((component.clone(), Reason::ChoiceAbsent { interface, component, why }));
            }
        }
        found
    }

    /// Whatever is needed first, ties by name.
    fn start(&self) -> Vec<String> {
        let graph = self.graph();
        let mut waiting: BTreeSet<&str> = graph.nodes().collect();
        let mut started = Vec::new();
        while let Some(next) = waiting
            .iter()
            .copied()
            .find(|id| graph.neighbors(id).all(|needed| !waiting.contains(needed)))
        {
            waiting.remove(next);
            started.push(next.to_owned());
        }
        started
    }

    fn is_exclusive(&self, interface: &str) -> bool {
        self.providers
            .get(interface)
            .is_some_and(|providers| providers.values().any(|(_, collective)| !collective))
    }

    fn disagree(&self, interface: &str) -> bool {
        self.providers.get(interface).is_some_and(|providers| {
            let kinds: BTreeSet<bool> =
                providers.values().map(|(_, collective)| *collective).collect();
            kinds.len() > 1
        })
    }

    /// The one provider of an exclusive interface: the chosen one, else the only one.
    fn active(&self, interface: &str) -> Option<&'a str> {
        let providers = self.providers.get(interface)?;
        let chosen = self.question.choices.get(interface);
        match chosen.and_then(|chosen| providers.get_key_value(chosen.as_str())) {
            Some((id, _)) => Some(*id),
            None if providers.len() == 1 => providers.keys().next().copied(),
            None => None,
        }
    }

    /// The providers whose implementation is used.
    fn used(&self, interface: &str) -> Vec<(&'a str, &'a Version)> {
        let Some(providers) = self.providers.get(interface) else { return Vec::new() };
        let active = if self.is_exclusive(interface) { self.active(interface) } else { None };
        let all = providers.iter().map(|(id, (version, _))| (*id, *version));
        match active {
            Some(active) => all.filter(|(id, _)| *id == active).collect(),
            None => all.collect(),
        }
    }

    fn without_effect(&self, interface: &str, component: &str) -> Option<String> {
        let Some(manifest) = self.question.manifests.get(component) else {
            return Some("this host does not know".into());
        };
        match manifest.provides.get(interface) {
            None => Some("does not provide it".into()),
            Some(provision) if provision.collective => Some("needs no choice: all are used".into()),
            Some(_) if !self.set.contains(component) => Some(self.state(component)),
            Some(_) => None,
        }
    }
}

fn names<T>(providers: &BTreeMap<&str, T>) -> BTreeSet<String> {
    providers.keys().map(|id| (*id).to_owned()).collect()
}

fn all_of(names: &BTreeSet<String>) -> String {
    quoted(names.iter(), " and ")
}

fn any_of<'a>(names: impl Iterator<Item = &'a String>) -> String {
    quoted(names, " or ")
}

fn quoted<'a>(names: impl Iterator<Item = &'a String>, last: &str) -> String {
    let mut names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    match names.pop() {
        Some(only) if names.is_empty() => only,
        Some(end) => format!("{}{last}{end}", names.join(", ")),
        None => String::new(),
    }
}

fn states(providers: &BTreeMap<String, String>) -> String {
    let each: Vec<String> = providers.iter().map(|(id, why)| format!("'{id}' {why}")).collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rand::seq::SliceRandom;

    use super::*;

    fn manifest(id: &str, facts: &str) -> Arc<Manifest> {
        let text = format!("id = \"{id}\"\nversion = \"1.0.0\"\nsummary = \"Test\"\n{facts}");
        Arc::new(Manifest::parse(&text).unwrap())
    }

    fn question(components: &[(&str, &str)]) -> Question {
        let manifests: BTreeMap<_, _> =
            components.iter().map(|(id, facts)| ((*id).to_owned(), manifest(id, facts))).collect();
        let wanted = manifests.keys().cloned().collect();
        Question { manifests, wanted, ..Question::default() }
    }

    fn shop() -> Question {
        question(&[
            ("shelf", "provides = { shelf = \"1.2.0\" }"),
            ("window", "provides = { window = \"1.0.0\" }\nrequires = { shelf = \"^1.1\" }"),
            (
                "till",
                "provides = { till = \"1.0.0\" }\nrequires = { shelf = \"^1\" }\noptional = { coins = \"^1\" }",
            ),
            ("bell", "requires = { till = \"^1\" }"),
            ("coins", "[provides]\ncoins = { version = \"1.0.0\", collective = true }"),
            ("notes", "[provides]\ncoins = { version = \"1.4.0\", collective = true }"),
        ])
    }

    fn reasons(question: &Question) -> Vec<String> {
        match plan(question) {
            Ok(_) => Vec::new(),
            Err(reasons) => reasons.iter().map(Reason::to_string).collect(),
        }
    }

    #[test]
    fn what_is_needed_starts_first_and_ties_are_sorted_by_name() {
        let resolution = plan(&shop()).unwrap();
        assert_eq!(resolution.start, ["coins", "notes", "shelf", "till", "bell", "window"]);
        assert_eq!(resolution.active["shelf"], "shelf");
        assert!(
            !resolution.active.contains_key("coins"),
            "a collective interface has no chosen one"
        );
    }

    #[test]
    fn a_shuffled_input_gives_the_same_answer() {
        let expected = resolve(&shop());
        let mut random = StdRng::seed_from_u64(7);
        let mut components: Vec<_> = shop().manifests.into_iter().collect();
        for _ in 0..50 {
            components.shuffle(&mut random);
            let manifests: BTreeMap<_, _> = components.iter().cloned().collect();
            let wanted = components.iter().map(|(id, _)| id.clone()).collect();
            assert_eq!(resolve(&Question { manifests, wanted, ..Question::default() }), expected);
        }
    }

    #[test]
    fn one_component_after_the_other_taken_out_names_exactly_what_needs_it() {
        let check = |out: &str, named: &[&str]| {
            let mut question = shop();
            question.wanted.remove(out);
            question.off.insert(out.to_owned(), "is off in config/default.toml:7".to_owned());
            let resolution = resolve(&question);
            let left_out: Vec<&str> = resolution.problems.keys().map(String::as_str).collect();
            assert_eq!(left_out, named, "without {out}");
            assert_eq!(resolution.start.len() + named.len() + 1, question.manifests.len());
            assert_eq!(plan(&question).is_ok(), named.is_empty());
        };
        check("shelf", &["bell", "till", "window"]);
        check("till", &["bell"]);
        check("window", &[]);
        check("bell", &[]);
        check("coins", &[]);
        check("notes", &[]);
    }

    #[test]
    fn reasons_read_as_sentences() {
        let mut off = shop();
        off.wanted.remove("shelf");
        off.off.insert("shelf".into(), "is off in config/default.toml:7".into());
        assert_eq!(
            reasons(&off),
            [
                "'bell' needs 'till' ^1, which 'till' provides; 'till' cannot run either",
                "'till' needs 'shelf' ^1, which 'shelf' provides; 'shelf' is off in config/default.toml:7",
                "'window' needs 'shelf' ^1.1, which 'shelf' provides; 'shelf' is off in config/default.toml:7",
            ]
        );
        let mut unknown = shop();
        unknown.wanted.insert("windo".into());
        assert_eq!(reasons(&unknown), ["there is no component 'windo'; did you mean 'window'?"]);
        let nobody = question(&[("bell", "requires = { till = \"^1\" }")]);
        assert_eq!(
            reasons(&nobody),
            ["'bell' needs 'till' ^1, which no component of this host provides"]
        );
    }

    #[test]
    fn a_version_that_does_not_fit_is_refused_for_required_and_optional_interfaces() {
        for key in ["requires", "optional"] {
            let facts = format!("{key} = {{ shelf = \"^2\" }}");
            let question =
                question(&[("shelf", "provides = { shelf = \"1.2.0\" }"), ("new", &facts)]);
            assert_eq!(
                reasons(&question),
                ["'new' works with 'shelf' ^2, but 'shelf' provides version 1.2.0"]
            );
            assert_eq!(resolve(&question).start, ["shelf"]);
        }
    }

    #[test]
    fn two_providers_of_an_exclusive_interface_need_a_choice() {
        let mut question = question(&[
            ("near", "provides = { advice = \"1.0.0\" }"),
            ("far", "provides = { advice = \"1.0.0\" }"),
            ("page", "requires = { advice = \"^1\" }"),
        ]);
        assert_eq!(
            reasons(&question)[1],
            "'far' and 'near' all provide 'advice', of which a store uses one; set kernel.use.advice to \
             one of them or switch the others off"
        );
        assert!(resolve(&question).start.is_empty());
        question.choices.insert("advice".into(), "near".into());
        let resolution = plan(&question).unwrap();
        assert_eq!(resolution.start, ["far", "near", "page"]);
        assert_eq!(resolution.active["advice"], "near");
    }

    #[test]
    fn a_choice_without_effect_is_named_and_the_only_provider_is_used() {
        let mut question = shop();
        question.choices.insert("shelf".into(), "till".into());
        question.choices.insert("window".into(), "windows".into());
        let resolution = resolve(&question);
        assert_eq!(resolution.start.len(), 6);
        assert_eq!(
            resolution.problem("till").unwrap(),
            "kernel.use.shelf names 'till', which does not provide it"
        );
        assert_eq!(
            resolution.problem("windows").unwrap(),
            "kernel.use.window names 'windows', which this host does not know"
        );
        assert_eq!(plan(&question).unwrap_err().len(), 2);
    }

    #[test]
    fn circles_are_named_and_the_rest_runs() {
        let question = question(&[
            ("hen", "provides = { hen = \"1.0.0\" }\nrequires = { egg = \"^1\" }"),
            ("egg", "provides = { egg = \"1.0.0\" }\nrequires = { hen = \"^1\" }"),
            ("rock", ""),
        ]);
        assert_eq!(
            reasons(&question),
            ["'egg' and 'hen' need each other, so none of them can start first"]
        );
        assert_eq!(resolve(&question).start, ["rock"]);
    }

    #[test]
    fn providers_that_disagree_on_the_kind_of_an_interface_are_named() {
        let question = question(&[
            ("one", "provides = { coins = \"1.0.0\" }"),
            ("all", "[provides]\ncoins = { version = \"1.0.0\", collective = true }"),
        ]);
        assert!(reasons(&question)[0].starts_with("'all' and 'one' disagree"));
    }

    #[test]
    fn the_kernel_is_always_on() {
        let mut question = question(&[
            (KERNEL, "provides = { files = \"1.0.0\" }"),
            ("album", "requires = { files = \"^1\" }"),
        ]);
        question.wanted = BTreeSet::from(["album".to_owned()]);
        assert_eq!(plan(&question).unwrap().start, ["kernel", "album"]);
    }
}
