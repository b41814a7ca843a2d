//! Steps of the schema: run once each, in order, and kept in a ledger.
//!
//! The ledger (`kernel_migration`) has a row per component and step with the SHA-256 of what was run. A step
//! that ran must never change; steps of a newer version in the ledger are accepted, because `expand` steps
//! leave older versions working.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::Utc;
use hatchery_component::{Db, Error, Migration, MigrationKind};
use sea_orm::sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};
use sea_orm::{ActiveValue, ConnectionTrait, DbBackend, EntityTrait, QueryOrder};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::entity::migration;
use crate::db::{StoreDb, schema};

/// The pseudo component whose steps are the kernel's own.
pub const KERNEL: &str = "kernel";
/// How long one step may take.
const STEP_LIMIT: Duration = Duration::from_secs(600);

/// Why a schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A step was changed after it ran.
    #[error(
        "migration {step} of '{component}' was changed after it ran in this store; restore its text and put \
         the change into a new step"
    )]
    Changed {
        /// The component.
        component: String,
        /// The step.
        step: String,
    },
    /// Two steps have one id.
    #[error("'{component}' declares migration {step} twice; every step needs an id of its own")]
    Duplicate {
        /// The component.
        component: String,
        /// The step.
        step: String,
    },
    /// A step is older than one that ran.
    #[error(
        "migration {step} of '{component}' stands before {newest}, which ran already; put the new step at \
         the end"
    )]
    OutOfOrder {
        /// The component.
        component: String,
        /// The step.
        step: String,
        /// The newest step that ran.
        newest: String,
    },
    /// A later version of the component removed what this one needs.
    #[error(
        "a newer version of '{component}' has run {step}, after which this version does not work any more; \
         use the newer version"
    )]
    TooOld {
        /// The component.
        component: String,
        /// The contract step.
        step: String,
    },
    /// The database refused a step.
    #[error("migration {step} of '{component}' failed and was undone")]
    Failed {
        /// The component.
        component: String,
        /// The step.
        step: String,
        /// Why.
        source: sea_orm::DbErr,
    },
    /// The ledger cannot be read, or no unit of work could be opened.
    #[error("the ledger of migrations cannot be used")]
    Ledger(#[source] Error),
}

impl From<MigrationError> for Error {
    fn from(error: MigrationError) -> Self {
        let code = match &error {
            MigrationError::Changed { .. } => "migration.changed",
            MigrationError::Duplicate { .. } => "migration.duplicate",
            MigrationError::OutOfOrder { .. } => "migration.out_of_order",
            MigrationError::TooOld { .. } => "migration.too_old",
            MigrationError::Failed { .. } => "migration.failed",
            MigrationError::Ledger(_) => "migration.ledger",
        };
        Self::conflict(code, error.to_string()).with_source(error)
    }
}

/// Which steps of a component are to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// Those after which older versions go on working. For a swap.
    Expand,
    /// All. For an installation, and to finish an upgrade.
    All,
}

/// Runs the steps of a component that did not run yet, and gives their ids. The kernel's own tables must
/// be there; see [`run_kernel`].
///
/// # Errors
/// A step was changed, is out of order or fails; then it and those after it are not in the store.
pub async fn run(
    db: &StoreDb,
    component: &str,
    steps: &[Migration],
) -> Result<Vec<String>, MigrationError> {
    let ledger = Ledger::read(&db.read()).await?;
    run_steps(db, &ledger, component, steps, Steps::All).await
}

/// What ran in a store, as it stood at one moment.
pub struct Ledger {
    backend: DbBackend,
    rows: Vec<migration::Model>,
}

impl Ledger {
    /// What ran until now.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn read(db: &Db) -> Result<Self, MigrationError> {
        let backend = db.get_database_backend();
        let rows = migration::Entity::find().order_by_asc(migration::Column::Step).all(db).await;
        Ok(Self { backend, rows: rows.map_err(|error| MigrationError::Ledger(error.into()))? })
    }

    /// Whether any step of a component ran.
    #[must_use]
    pub fn has_run(&self, component: &str) -> bool {
        self.of(component).next().is_some()
    }

    /// The components of which steps ran.
    #[must_use]
    pub fn components(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.component.as_str()).collect()
    }

    /// Those of a component's steps that ran, in order.
    ///
    /// # Errors
    /// A step was changed after it ran.
    pub(crate) fn that_ran(
        &self,
        component: &str,
        steps: &[Migration],
    ) -> Result<Vec<Migration>, MigrationError> {
        let mut ran = Vec::new();
        for step in steps {
            match self.of(component).find(|row| row.step == step.id) {
                Some(row) if row.sha256 == fingerprint(&step.statements(self.backend)) => {
                    ran.push(step.clone());
                }
                Some(_) => {
                    let (component, step) = (component.to_owned(), step.id.to_owned());
                    return Err(MigrationError::Changed { component, step });
                }
                None => {}
            }
        }
        Ok(ran)
    }

    /// The steps of a component that did not run yet, in order.
    ///
    /// # Errors
    /// A step was changed or is out of order; the component is too old for the store.
    pub fn pending(
        &self,
        component: &str,
        steps: &[Migration],
    ) -> Result<Vec<Migration>, MigrationError> {
        let mut ran: BTreeMap<&str, &migration::Model> =
            self.of(component).map(|row| (row.step.as_str(), row)).collect();
        let newest = steps.iter().rposition(|step| ran.contains_key(step.id));
        let component = component.to_owned();
        let mut pending: Vec<Migration> = Vec::new();
        for (place, step) in steps.iter().enumerate() {
            let id = step.id.to_owned();
            if steps.iter().take(place).any(|other| other.id == step.id) {
                return Err(MigrationError::Duplicate { component, step: id });
            }
            match ran.remove(step.id) {
                Some(row) if row.sha256 == fingerprint(&step.statements(self.backend)) => {}
                Some(_) => return Err(MigrationError::Changed { component, step: id }),
                None => {
                    if let Some(newest) =
                        newest.filter(|newest| *newest > place).and_then(|at| steps.get(at))
                    {
                        let newest = newest.id.to_owned();
                        return Err(MigrationError::OutOfOrder { component, step: id, newest });
                    }
                    pending.push(step.clone());
                }
            }
        }
        // What is left was run by a newer version.
        if let Some(row) = ran.into_values().find(|row| row.kind == CONTRACT) {
            return Err(MigrationError::TooOld { component, step: row.step.clone() });
        }
        Ok(pending)
    }

    fn of<'a>(&'a self, component: &'a str) -> impl Iterator<Item = &'a migration::Model> {
        self.rows.iter().filter(move |row| row.component == component)
    }
}

/// Like [`run`], for some of the steps only, those that are not in `ledger`.
///
/// # Errors
/// As [`run`].
pub async fn run_steps(
    db: &StoreDb,
    ledger: &Ledger,
    component: &str,
    steps: &[Migration],
    which: Steps,
) -> Result<Vec<String>, MigrationError> {
    let mut applied = Vec::new();
    for step in ledger.pending(component, steps)? {
        if which == Steps::Expand && step.kind == MigrationKind::Contract {
            // Later steps may build on it, so they wait too.
            break;
        }
        apply(db, component, &step).await?;
        applied.push(step.id.to_owned());
    }
    Ok(applied)
}

/// Makes the ledger and the kernel's own tables. Comes before everything else in a store.
///
/// # Errors
/// As [`run`].
pub async fn run_kernel(db: &StoreDb) -> Result<Vec<String>, MigrationError> {
    make_ledger(db).await?;
    run(db, KERNEL, &schema::migrations()).await
}

/// Makes the empty ledger.
pub(crate) async fn make_ledger(db: &StoreDb) -> Result<(), MigrationError> {
    let ledger = schema::ledger();
    let sql = match db.backend() {
        DbBackend::Postgres => ledger.to_string(PostgresQueryBuilder),
        _ => ledger.to_string(SqliteQueryBuilder),
    };
    let unit = db.begin_long(Uuid::now_v7(), STEP_LIMIT).await.map_err(MigrationError::Ledger)?;
    let made = Db::unit(unit.clone()).execute_unprepared(&sql).await;
    made.map_err(|error| MigrationError::Ledger(error.into()))?;
    unit.commit().await.map_err(MigrationError::Ledger)
}

/// Whether a step takes something away that older versions need.
pub(crate) fn is_contract(step: &Migration) -> bool {
    step.kind == MigrationKind::Contract
}

const CONTRACT: &str = "contract";

/// Runs all steps of components of which none ran yet, in one unit of work.
///
/// # Errors
/// A step fails; then none is in the store.
pub(crate) async fn run_together(
    db: &StoreDb,
    components: &[(String, Vec<Migration>)],
) -> Result<(), MigrationError> {
    let unit = db.begin_long(Uuid::now_v7(), STEP_LIMIT).await.map_err(MigrationError::Ledger)?;
    let connection = Db::unit(unit.clone());
    for (component, steps) in components {
        for step in steps {
            run_in(&connection, component, step).await?;
        }
    }
    unit.commit().await.map_err(MigrationError::Ledger)
}

async fn apply(db: &StoreDb, component: &str, step: &Migration) -> Result<(), MigrationError> {
    let unit = db.begin_long(Uuid::now_v7(), STEP_LIMIT).await.map_err(MigrationError::Ledger)?;
    run_in(&Db::unit(unit.clone()), component, step).await?;
    unit.commit().await.map_err(MigrationError::Ledger)?;
    tracing::debug!(component, step = step.id, "migration {} of '{component}' ran", step.id);
    Ok(())
}

/// Runs a step and notes it, in an open unit of work.
async fn run_in(connection: &Db, component: &str, step: &Migration) -> Result<(), MigrationError> {
    let failed = |source| MigrationError::Failed {
        component: component.to_owned(),
        step: step.id.to_owned(),
        source,
    };
    let statements = step.statements(connection.get_database_backend());
    for statement in &statements {
        connection.execute_unprepared(statement).await.map_err(failed)?;
    }
    let row = migration::ActiveModel {
        component: ActiveValue::Set(component.to_owned()),
        step: ActiveValue::Set(step.id.to_owned()),
        kind: ActiveValue::Set(match step.kind {
            MigrationKind::Expand => "expand".to_owned(),
            MigrationKind::Contract => CONTRACT.to_owned(),
        }),
        sha256: ActiveValue::Set(fingerprint(&statements)),
        applied_at: ActiveValue::Set(Utc::now()),
    };
    migration::Entity::insert(row).exec_without_returning(connection).await.map_err(failed)?;
    Ok(())
}

fn fingerprint(statements: &[String]) -> String {
    let mut hasher = Sha256::new();
    for statement in statements {
        hasher.update(statement.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
