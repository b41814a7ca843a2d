//! What a policy must be.

use std::collections::BTreeMap;

use hatchery_component::sharing::{ShareAccess, SharePolicy, SharedKind};
use hatchery_component::{Error, Result};

use super::takes_part;
use crate::kernel::Kernel;
use crate::registry::MOTHER;

impl Kernel {
    /// The policy with everything said that may be left out.
    ///
    /// # Errors
    /// It does not fit; the message says what to do.
    pub(super) async fn checked(&self, policy: SharePolicy) -> Result<SharePolicy> {
        check_name(&policy.name)?;
        if policy.members.is_empty() || policy.members.contains_key(&policy.home) {
            let message =
                "Name the stores that have the records of the home too, the home not among them.";
            return Err(Error::invalid("share.members", message));
        }
        for slug in policy.members.keys().chain([&policy.home]) {
            self.record(slug)?;
            if slug == MOTHER || !self.is_in_use(slug) {
                let message = format!("The store '{slug}' cannot share now.");
                return Err(Error::conflict("share.store", message));
            }
        }
        let policies = self.shares().policies.load();
        if let Some(before) = policies.get(&policy.name)
            && (before.home != policy.home || before.kind != policy.kind)
        {
            let message = format!(
                "'{}' shares {} of '{}'; end it first, or take another name.",
                policy.name, before.kind, before.home
            );
            return Err(Error::conflict("share.exists", message));
        }
        let others = policies
            .values()
            .filter(|other| other.name != policy.name && other.kind == policy.kind);
        for other in others {
            let mut both = policy.members.keys().chain([&policy.home]);
            if let Some(slug) = both.find(|slug| takes_part(other, slug)) {
                let message = format!(
                    "'{slug}' shares {} by '{}' already; a store takes part once for a kind.",
                    other.kind, other.name
                );
                return Err(Error::conflict("share.twice", message));
            }
        }
        drop(policies);
        let kind = self.kind_in(&policy.home, &policy.kind).await?;
        let mut members = BTreeMap::new();
        for (slug, access) in policy.members {
            self.kind_in(&slug, &policy.kind).await?;
            members.insert(slug, full(access, &kind)?);
        }
        Ok(SharePolicy { members, ..policy })
    }

    async fn kind_in(&self, slug: &str, kind: &str) -> Result<SharedKind> {
        let kinds = self.shared_kinds(slug).await?;
        let names: Vec<&str> = kinds.iter().map(|kind| kind.kind.as_str()).collect();
        let unknown = || {
            let message =
                format!("'{slug}' cannot share '{kind}'; it can share: {}.", names.join(", "));
            Error::invalid("share.kind", message)
        };
        kinds.iter().find(|it| it.kind == kind).cloned().ok_or_else(unknown)
    }
}

fn check_name(name: &str) -> Result<()> {
    if !crate::fleet::is_code(name) {
        let message = format!("'{name}' is no name for a policy; use up to 40 of a-z, 0-9 and '-'");
        return Err(Error::invalid("share.name", message));
    }
    Ok(())
}

fn full(access: ShareAccess, kind: &SharedKind) -> Result<ShareAccess> {
    let read = access.read.unwrap_or_else(|| kind.fields.clone());
    if let Some(field) = read.iter().chain(&access.write).find(|field| !kind.fields.contains(field))
    {
        let message = format!(
            "{} have no field '{field}' to share; there are: {}.",
            kind.kind,
            kind.fields.join(", ")
        );
        return Err(Error::invalid("share.field", message));
    }
    if let Some(field) = kind.required.iter().find(|field| !read.contains(field)) {
        let message = format!("{} cannot be shared without '{field}'.", kind.kind);
        return Err(Error::invalid("share.field", message));
    }
    if !access.write.is_empty() && !kind.two_way {
        let message = format!("{} are written by their home only.", kind.kind);
        return Err(Error::invalid("share.write", message));
    }
    Ok(ShareAccess { read: Some(read), write: access.write })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(two_way: bool) -> SharedKind {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        SharedKind {
            kind: "cards".into(),
            fields: names(&["title", "color"]),
            required: names(&["title"]),
            events: vec![],
            two_way,
        }
    }

    #[test]
    fn a_member_reads_everything_unless_the_policy_says_otherwise() {
        let access = full(ShareAccess::default(), &kind(false)).unwrap();
        assert_eq!(access.read.unwrap(), ["title", "color"]);
    }

    #[test]
    fn fields_must_be_there_be_enough_and_be_writable() {
        let check = |read: &[&str], write: &[&str], two_way, code: Option<&str>| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let access = ShareAccess { read: Some(names(read)), write: names(write) };
            let found = full(access, &kind(two_way)).err();
            assert_eq!(found.as_ref().map(Error::code), code, "{read:?} {write:?}");
        };
        check(&["title"], &[], false, None);
        check(&["title"], &["color"], true, None);
        check(&["title", "smell"], &[], false, Some("share.field"));
        check(&["color"], &[], false, Some("share.field"));
        check(&["title"], &["title"], false, Some("share.write"));
    }

    #[test]
    fn a_name_fits_into_addresses() {
        assert!(check_name("tea-2").is_ok());
        assert!(check_name("").is_err());
        assert!(check_name("Tea").is_err());
        assert!(check_name(&"a".repeat(41)).is_err());
    }
}
