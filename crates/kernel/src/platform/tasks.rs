//! Long work that people start and watch: the interface `tasks` and its addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::Path;
use hatchery_component::host::BoxFuture;
use hatchery_component::platform::{TaskFailure, TaskRun, Tasks};
use hatchery_component::watch::watched;
use hatchery_component::{Access, Actor, Ctx, Db, Declaration, Error, Instance, Progress, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use super::state;
use crate::db::entity::task;
use crate::solver::KERNEL;
use crate::store::Store;

/// How often the progress of a run is written down.
const NOTE_EVERY: Duration = Duration::from_secs(2);
/// Runs that are kept in memory; older ones are read from the table.
const REMEMBERED: usize = 100;

/// What the name of a run ends with in which a component builds what it derives.
const RESYNC: &str = ".resync";
const RUNNING: &str = "running";
const DONE: &str = "done";
const FAILED: &str = "failed";

pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
        .api(Access::Staff(super::components::READ), routes!(start_task))
        .api(Access::Staff(super::components::READ), routes!(get_task))
}

pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Tasks>(Arc::new(StoreTasks))
}

/// The runs of one store in this process.
#[derive(Default)]
pub(crate) struct TaskRuns {
    runs: Mutex<BTreeMap<Uuid, watch::Receiver<TaskRun>>>,
}

impl TaskRuns {
    fn get(&self, id: Uuid) -> Option<TaskRun> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(&id).map(|run| run.borrow().clone())
    }

    fn add(&self, run: TaskRun) -> watch::Sender<TaskRun> {
        let id = run.id;
        let (sender, receiver) = watch::channel(run);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        // Ids grow with time, so the first that is over is the oldest.
        if runs.len() >= REMEMBERED
            && let Some(oldest) =
                runs.iter().find(|(_, run)| run.borrow().state != RUNNING).map(|(id, _)| *id)
        {
            runs.remove(&oldest);
        }
        runs.insert(id, receiver);
        sender
    }
}

impl Store {
    /// Starts a declared task and lets its run be watched.
    ///
    /// # Errors
    /// No running component declares the task; the actor may not start it; the database.
    pub async fn start_task(
        self: &Arc<Self>,
        name: &str,
        input: Value,
        actor: Actor,
    ) -> Result<watch::Receiver<TaskRun>> {
        let ctx = self.ctx(KERNEL.into(), actor, None);
        start(self, &ctx, name, input).await
    }
}

/// Marks the runs that the last process left unfinished, and answers the components that did not end
/// building what they derive.
pub(crate) async fn end_interrupted(store: &Store) -> Result<Vec<String>> {
    let running = task::Column::State.eq(RUNNING);
    let unfinished = task::Entity::find().filter(running.clone()).all(&store.db.read()).await?;
    if unfinished.is_empty() {
        return Ok(Vec::new());
    }
    let update = task::Entity::update_many()
        .col_expr(task::Column::State, Expr::value(FAILED))
        .col_expr(task::Column::Message, Expr::value("interrupted by the end of the process"))
        .col_expr(task::Column::UpdatedAt, Expr::value(store.clock.now()))
        .filter(running);
    write(store, async |db| update.exec(db).await.map(drop)).await?;
    let rebuilt = |row: &task::Model| row.task.strip_suffix(RESYNC).map(str::to_owned);
    Ok(unfinished.iter().filter_map(rebuilt).collect())
}

/// Lets a component build what it derives from others, in the background.
pub(crate) fn resync(store: &Arc<Store>, id: &str) {
    let (building, id) = (store.clone(), id.to_owned());
    store.spawn(Box::pin(async move {
        if let Err(error) = begin_resync(&building, &id).await {
            tracing::error!(component = %id, "'{id}{RESYNC}' did not start: {}", error.chain());
        }
    }));
}

/// Lets all components build what they derive from others, one after the other.
///
/// # Errors
/// The database. A component that fails tells so in its run.
pub(crate) async fn resync_all(store: &Arc<Store>) -> Result<()> {
    let assembly = store.assembly.load_full();
    for id in assembly.components.keys() {
        if let Some(mut run) = begin_resync(store, id).await? {
            // An error means that the run is over.
            let _ = run.wait_for(|run| run.state != RUNNING).await;
        }
    }
    Ok(())
}

/// Begins to build what a component derives from others; none when it derives nothing.
async fn begin_resync(store: &Arc<Store>, id: &str) -> Result<Option<watch::Receiver<TaskRun>>> {
    let ctx = store.system_ctx(id.into(), Some("what is derived is built".into()));
    let state = state(&ctx)?;
    let declared = state.assembly.component(id).and_then(|it| it.declaration.resync.clone());
    let Some(resync) = declared else { return Ok(None) };
    let work = move |progress| -> BoxFuture<Result<Value>> {
        Box::pin(async move {
            let component = ctx.header().component.clone();
            let work = async { resync.0(ctx.clone(), progress).await };
            watched(&ctx, &component, None, work).await.map(|()| Value::Null)
        })
    };
    let name = format!("{id}{RESYNC}");
    begin(store, &name, Value::Null, ("system", Answer::Kept), work).await.map(Some)
}

struct StoreTasks;

#[async_trait]
impl Tasks for StoreTasks {
    async fn start(&self, ctx: &Ctx, task: String, input: Value) -> Result<TaskRun> {
        let run = start(&state(ctx)?.store()?, ctx, &task, input).await?;
        let now = run.borrow().clone();
        Ok(now)
    }

    async fn runs(&self, ctx: &Ctx, ids: Vec<Uuid>) -> Result<Vec<TaskRun>> {
        ctx.require(super::components::READ)?;
        let store = state(ctx)?.store()?;
        let (mut runs, mut older) = (Vec::new(), Vec::new());
        for id in ids {
            match store.tasks.get(id) {
                Some(run) => runs.push(run),
                None => older.push(id),
            }
        }
        if !older.is_empty() {
            let rows = task::Entity::find().filter(task::Column::Id.is_in(older));
            runs.extend(rows.all(&store.db.read()).await?.into_iter().map(run_of));
        }
        runs.sort_by_key(|run| run.id);
        Ok(runs)
    }
}

async fn start(
    store: &Arc<Store>,
    ctx: &Ctx,
    name: &str,
    input: Value,
) -> Result<watch::Receiver<TaskRun>> {
    let assembly = store.assembly.load_full();
    let declared = assembly.components.iter().find_map(|(id, active)| {
        let task = active.declaration.tasks.iter().find(|task| task.name == name)?;
        Some((id.clone(), task.clone()))
    });
    let Some((component, task)) = declared else {
        let message = format!("No component of this store has a task '{name}'.");
        return Err(Error::not_found("task.unknown", message));
    };
    ctx.require(task.permission)?;
    let actor = ctx.actor().clone();
    let by = actor.label();
    let ctx = store.ctx(component, actor, Some(ctx.locale().clone()));
    let given = input.clone();
    let kept = if task.told_once { Answer::ToldOnce } else { Answer::Kept };
    let work = move |progress| -> BoxFuture<Result<Value>> {
        Box::pin(async move {
            let component = ctx.header().component.clone();
            let work = async { (task.handler)(ctx.clone(), given, progress).await };
            watched(&ctx, &component, None, work).await
        })
    };
    begin(store, name, input, (&by, kept), work).await
}

/// What becomes of the answer of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is written down with the run.
    Kept,
    /// It is a secret: who waits for it is told, nothing is written.
    ToldOnce,
}

/// Writes the run down and lets the work go on beside requests.
async fn begin(
    store: &Arc<Store>,
    name: &str,
    input: Value,
    (by, answer): (&str, Answer),
    work: impl FnOnce(Progress) -> BoxFuture<Result<Value>>,
) -> Result<watch::Receiver<TaskRun>> {
    let run = TaskRun {
        id: store.clock.new_uuid(),
        task: name.to_owned(),
        state: RUNNING.into(),
        done: 0,
        total: None,
        message: String::new(),
        result: None,
        failure: None,
    };
    let now = store.clock.now();
    let row = task::ActiveModel {
        id: Set(run.id),
        task: Set(run.task.clone()),
        state: Set(run.state.clone()),
        done: Set(0),
        total: Set(None),
        message: Set(String::new()),
        input: Set(input),
        result: Set(None),
        actor: Set(by.to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
    };
    write(store, async |db| task::Entity::insert(row).exec_without_returning(db).await.map(drop))
        .await?;
    let told = Arc::new(store.tasks.add(run));
    let watched = told.subscribe();
    let progress = {
        let told = told.clone();
        Progress::new(move |done, total, what| {
            told.send_modify(|run| {
                (run.done, run.total) = (done, total);
                run.message = what.to_owned();
            });
        })
    };
    let work = work(progress);
    let noting = store.clone();
    store.spawn(Box::pin(async move { follow(&noting, &told, answer, work).await }));
    Ok(watched)
}

/// Notes the progress until the work ends, then how it ended.
async fn follow(
    store: &Store,
    told: &watch::Sender<TaskRun>,
    answer: Answer,
    work: BoxFuture<Result<Value>>,
) {
    let mut working = AbortOnDrop(tokio::spawn(work));
    let ended = loop {
        match tokio::time::timeout(NOTE_EVERY, &mut working.0).await {
            Ok(ended) => break ended,
            Err(_) => note(store, told, answer).await,
        }
    };
    told.send_modify(|run| match ended {
        Ok(Ok(result)) => {
            run.state = DONE.into();
            run.result = Some(result);
        }
        Ok(Err(error)) => {
            tracing::warn!(task = %run.task, "'{}' failed: {}", run.task, error.chain());
            run.state = FAILED.into();
            run.message = error.to_string();
            run.failure = Some(TaskFailure { kind: error.kind(), code: error.code().to_owned() });
            run.result = error.details().cloned();
        }
        Err(_) => {
            tracing::error!(task = %run.task, "'{}' panicked", run.task);
            run.state = FAILED.into();
            run.message = "It broke off because of a defect; the log has more.".into();
        }
    });
    note(store, told, answer).await;
}

/// A task that ends with its owner.
struct AbortOnDrop(tokio::task::JoinHandle<Result<Value>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn note(store: &Store, told: &watch::Sender<TaskRun>, answer: Answer) {
    let mut run = told.borrow().clone();
    if answer == Answer::ToldOnce && run.state == DONE {
        run.result = None;
    }
    let row = task::ActiveModel {
        id: Set(run.id),
        state: Set(run.state),
        done: Set(i64::try_from(run.done).unwrap_or(i64::MAX)),
        total: Set(run.total.map(|total| i64::try_from(total).unwrap_or(i64::MAX))),
        message: Set(run.message),
        result: Set(run.result),
        updated_at: Set(store.clock.now()),
        ..Default::default()
    };
    let noted = write(store, async |db| task::Entity::update(row).exec(db).await.map(drop)).await;
    if let Err(error) = noted {
        tracing::warn!(task = %run.task, "the progress of '{}' is not written: {}", run.task, error.chain());
    }
}

async fn write(
    store: &Store,
    work: impl AsyncFnOnce(&Db) -> Result<(), sea_orm::DbErr>,
) -> Result<()> {
    let unit = store.db.begin(Uuid::now_v7()).await?;
    match work(&Db::unit(unit.clone())).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error.into())
        }
    }
}

fn run_of(row: task::Model) -> TaskRun {
    TaskRun {
        id: row.id,
        task: row.task,
        state: row.state,
        done: u64::try_from(row.done).unwrap_or_default(),
        total: row.total.map(|total| u64::try_from(total).unwrap_or_default()),
        message: row.message,
        result: row.result,
        failure: None,
    }
}

/// A task to be started.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTask {
    /// `connect.import`
    task: String,
    /// What it is given.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Value,
}

/// Starts long work. The task's own permission is needed.
#[utoipa::path(
    post, path = "/api/v1/admin/tasks", tag = "tasks",
    request_body = NewTask, responses((status = 200, body = TaskRun))
)]
async fn start_task(ctx: Ctx, Json(new): Json<NewTask>) -> Result<Json<TaskRun>> {
    Ok(Json(StoreTasks.start(&ctx, new.task, new.input).await?))
}

/// How far it is.
#[utoipa::path(
    get, path = "/api/v1/admin/tasks/{id}", tag = "tasks",
    params(("id" = Uuid, Path)), responses((status = 200, body = TaskRun))
)]
async fn get_task(ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<TaskRun>> {
    let run = StoreTasks.runs(&ctx, vec![id]).await?.pop();
    let missing = || Error::not_found("task.absent", "There is no such run.");
    run.map(Json).ok_or_else(missing)
}
