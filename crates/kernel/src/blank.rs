//! Blank stores: the schema of a set of components, made once and copied for every new store with that set.

use std::path::Path;

use hatchery_component::{Error, Migration, Result};
use sea_orm::DbBackend;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::db::{DatabaseTarget, StoreDb};
use crate::known::Known;
use crate::migrate;
use crate::solver::{KERNEL, Resolution};

/// Nobody copies a template that somebody else is still making.
static MAKING: Mutex<()> = Mutex::const_new(());

/// The kernel's own steps and those of a set of components, in the order they start.
pub(crate) struct Blank(Vec<(String, Vec<Migration>)>);

impl Blank {
    /// Of the components that are to run.
    pub(crate) fn of(known: &Known, resolution: &Resolution) -> Self {
        let own = (KERNEL.to_owned(), crate::db::schema::migrations());
        let starting = resolution.start.iter().filter(|id| *id != KERNEL);
        let steps = starting.filter_map(|id| {
            let steps = known.get(id)?.declaration.migrations.clone();
            Some((id.clone(), steps)).filter(|(_, steps)| !steps.is_empty())
        });
        Self(std::iter::once(own).chain(steps).collect())
    }

    /// Makes the schema where there is none yet. SQLite: as a copy of a template in `templates`, which is made
    /// when it is not there. PostgreSQL: all steps in one transaction.
    ///
    /// # Errors
    /// A step fails; files cannot be written.
    pub(crate) async fn lay(&self, target: &DatabaseTarget, templates: &Path) -> Result<()> {
        let DatabaseTarget::Sqlite(path) = target else { return self.make(target).await };
        let template = templates.join(format!("{}.db", self.name()));
        let failed = |error: std::io::Error| {
            let message = format!("the template {} cannot be used: {error}", template.display());
            Error::invalid("data.template", message)
        };
        if !template.exists() {
            let _making = MAKING.lock().await;
            if !template.exists() {
                std::fs::create_dir_all(templates).map_err(failed)?;
                let draft = template.with_extension("new");
                // What an interrupted process left.
                let _ = std::fs::remove_file(&draft);
                self.make(&DatabaseTarget::Sqlite(draft.clone())).await?;
                std::fs::rename(&draft, &template).map_err(failed)?;
            }
        }
        let draft = path.with_extension("new");
        std::fs::copy(&template, &draft).map_err(failed)?;
        std::fs::File::open(&draft).and_then(|file| file.sync_all()).map_err(failed)?;
        std::fs::rename(&draft, path).map_err(failed)
    }

    async fn make(&self, target: &DatabaseTarget) -> Result<()> {
        let db = StoreDb::open(target).await?;
        migrate::make_ledger(&db).await?;
        let made = migrate::run_together(&db, &self.0).await;
        db.close().await?;
        Ok(made?)
    }

    /// A name that says what is in it.
    fn name(&self) -> String {
        let mut hasher = Sha256::new();
        for (component, steps) in &self.0 {
            hasher.update(component.as_bytes());
            for step in steps {
                hasher.update([0]);
                hasher.update(step.id.as_bytes());
                for statement in step.statements(DbBackend::Sqlite) {
                    hasher.update([1]);
                    hasher.update(statement.as_bytes());
                }
            }
            hasher.update([2]);
        }
        hasher.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}
