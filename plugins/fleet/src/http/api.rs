//! `/api/v1/mother/..`

use std::collections::BTreeMap;

use ::http::StatusCode;
use ::http::header::SET_COOKIE;
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{
    ComponentChange, ComponentStatus, PlanReport, Sessions, TaskRun, Tasks,
};
use hatchery_sdk::component::sharing::{ShareAccess, SharePolicy, ShareStatus, SharedKind};
use hatchery_sdk::component::stores::{
    BackupInfo, BlueprintInfo, FleetStore, MadeStore, StoreAct, StoreLook, StoreRequest, Stores,
};
use hatchery_sdk::interfaces::identity::Identity;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{act, with_cookie};
use crate::ops::report::{self, Report};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    /// E-mail address of an administrator of the mother.
    email: String,
    /// Password.
    password: String,
}

/// Signs an administrator of the mother in; the session comes as a cookie.
#[utoipa::path(
    post, path = "/api/v1/mother/session", tag = "mother", request_body = Credentials,
    responses((status = 204, description = "Signed in"))
)]
pub(crate) async fn sign_in(ctx: Ctx, Json(who): Json<Credentials>) -> Result<Response> {
    let cookie = ctx.get::<dyn Identity>()?.sign_in(&ctx, who.email, who.password).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Ends the session.
#[utoipa::path(
    delete, path = "/api/v1/mother/session", tag = "mother",
    responses((status = 204, description = "Signed out"))
)]
pub(crate) async fn sign_out(ctx: Ctx) -> Result<Response> {
    let cookie =
        ctx.transaction(|ctx| async move { ctx.get::<dyn Sessions>()?.close(&ctx).await }).await?;
    with_cookie(StatusCode::NO_CONTENT.into_response(), &cookie)
}

/// All stores, by slug.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreList {
    /// The stores, those in the trash too.
    items: Vec<FleetStore>,
    /// None: all are here.
    next_cursor: Option<String>,
}

/// All stores, those in the trash too.
#[utoipa::path(
    get, path = "/api/v1/mother/stores", tag = "mother",
    responses((status = 200, body = StoreList))
)]
pub(crate) async fn list_stores(ctx: Ctx) -> Result<Json<StoreList>> {
    let items = ctx.get::<dyn Stores>()?.list(&ctx).await?;
    Ok(Json(StoreList { items, next_cursor: None }))
}

/// Makes a store from a blueprint, or as a copy of another.
#[utoipa::path(
    post, path = "/api/v1/mother/stores", tag = "mother", request_body = StoreRequest,
    responses(
        (status = 201, body = MadeStore),
        (status = 202, body = TaskRun, description = "It takes longer; ask for the run"),
    )
)]
pub(crate) async fn create_store(ctx: Ctx, Json(request): Json<StoreRequest>) -> Result<Response> {
    answer(&ctx, StoreAct::Create(request), StatusCode::CREATED).await
}

/// A store with how it does.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreDetail {
    /// The store.
    store: FleetStore,
    /// How it does.
    look: StoreLook,
}

/// A store with how it does.
#[utoipa::path(
    get, path = "/api/v1/mother/stores/{slug}", tag = "mother", params(("slug" = String, Path)),
    responses((status = 200, body = StoreDetail))
)]
pub(crate) async fn get_store(ctx: Ctx, Path(slug): Path<String>) -> Result<Json<StoreDetail>> {
    let fleet = ctx.get::<dyn Stores>()?;
    let store = fleet.list(&ctx).await?.into_iter().find(|store| store.slug == slug);
    let unknown = || Error::not_found("store.unknown", format!("There is no store '{slug}'."));
    let store = store.ok_or_else(unknown)?;
    let look = fleet.look(&ctx, vec![slug.clone()]).await?.remove(&slug).unwrap_or_default();
    Ok(Json(StoreDetail { store, look }))
}

/// What is to be changed; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StorePatch {
    /// The new name for people.
    name: Option<String>,
    /// All its host names, the one for links first.
    domains: Option<Vec<String>>,
    /// Languages, the default first.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    locales: Vec<Locale>,
    /// IANA time zone.
    time_zone: Option<String>,
}

/// Changes the name, the host names, the languages or the time zone of a store.
#[utoipa::path(
    patch, path = "/api/v1/mother/stores/{slug}", tag = "mother", params(("slug" = String, Path)),
    request_body = StorePatch, responses((status = 200, body = StoreDetail))
)]
pub(crate) async fn change_store(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(patch): Json<StorePatch>,
) -> Result<Json<StoreDetail>> {
    if patch.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Error::invalid("store.name", "A name has 1 to 200 characters."));
    }
    let StorePatch { name, domains, locales, time_zone } = patch;
    if time_zone.is_some() || !locales.is_empty() {
        act(&ctx, StoreAct::SetRegion { slug: slug.clone(), locales, time_zone }).await?;
    }
    if let Some(domains) = domains {
        act(&ctx, StoreAct::SetDomains { slug: slug.clone(), domains }).await?;
    }
    if let Some(name) = name {
        act(&ctx, StoreAct::Rename { slug: slug.clone(), name }).await?;
    }
    get_store(ctx, Path(slug)).await
}

/// What confirms that a store is to be deleted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// The slug again.
    confirm: String,
}

/// Puts a store into the trash. It must have a backup.
#[utoipa::path(
    delete, path = "/api/v1/mother/stores/{slug}", tag = "mother", params(("slug" = String, Path)),
    request_body = Confirmation, responses((status = 200, body = FleetStore))
)]
pub(crate) async fn delete_store(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(Confirmation { confirm }): Json<Confirmation>,
) -> Result<Response> {
    answer(&ctx, StoreAct::Delete { slug, confirm }, StatusCode::OK).await
}

/// Why a store is not to sell.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuspensionRequest {
    /// `maintenance`, `unpaid`, `legal`, or another short code.
    reason: String,
    /// What visitors read, by language.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    message: BTreeMap<Locale, String>,
}

/// Lets a store not sell for a while; staff work on, and orders that were placed can be followed.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/suspend", tag = "mother",
    params(("slug" = String, Path)), request_body = SuspensionRequest,
    responses((status = 200, body = FleetStore))
)]
pub(crate) async fn suspend_store(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(why): Json<SuspensionRequest>,
) -> Result<Response> {
    let suspend = StoreAct::Suspend { slug, reason: why.reason, message: why.message };
    answer(&ctx, suspend, StatusCode::OK).await
}

/// Lets a suspended store sell again.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/resume", tag = "mother",
    params(("slug" = String, Path)), responses((status = 200, body = FleetStore))
)]
pub(crate) async fn resume_store(ctx: Ctx, Path(slug): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::Resume { slug }, StatusCode::OK).await
}

/// Copies a store into a backup, while it sells.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/backups", tag = "mother",
    params(("slug" = String, Path)),
    responses((status = 201, body = BackupInfo), (status = 202, body = TaskRun))
)]
pub(crate) async fn back_up_store(ctx: Ctx, Path(slug): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::Backup { slug }, StatusCode::CREATED).await
}

/// Writes all records of a store as JSON Lines and CSV, below the data folder of the host.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/exports", tag = "mother",
    params(("slug" = String, Path)),
    responses((status = 201, body = Object), (status = 202, body = TaskRun))
)]
pub(crate) async fn export_store(ctx: Ctx, Path(slug): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::Export { slug, to: None }, StatusCode::CREATED).await
}

/// Takes a store out of the trash.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/recover", tag = "mother",
    params(("slug" = String, Path)), responses((status = 200, body = FleetStore))
)]
pub(crate) async fn recover_store(ctx: Ctx, Path(slug): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::Recover { slug }, StatusCode::OK).await
}

/// Who is asked in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invitation {
    /// E-mail address.
    email: String,
}

/// A one-time link for an administrator of a store.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationLink {
    /// The link; good once.
    link: String,
}

/// Asks somebody in as an administrator of a store.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/invitations", tag = "mother",
    params(("slug" = String, Path)), request_body = Invitation,
    responses((status = 201, body = InvitationLink))
)]
pub(crate) async fn invite(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(Invitation { email }): Json<Invitation>,
) -> Result<Response> {
    answer(&ctx, StoreAct::Invite { slug, email }, StatusCode::CREATED).await
}

/// The components of a store.
#[utoipa::path(
    get, path = "/api/v1/mother/stores/{slug}/components", tag = "mother",
    params(("slug" = String, Path)), responses((status = 200, body = Vec<ComponentStatus>))
)]
pub(crate) async fn list_components(
    ctx: Ctx,
    Path(slug): Path<String>,
) -> Result<Json<Vec<ComponentStatus>>> {
    Ok(Json(ctx.get::<dyn Stores>()?.components(&ctx, slug).await?))
}

/// What a change of a store's components would do.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/component-changes/plan", tag = "mother",
    params(("slug" = String, Path)), request_body = ComponentChange,
    responses((status = 200, body = PlanReport))
)]
pub(crate) async fn plan_change(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(change): Json<ComponentChange>,
) -> Result<Json<PlanReport>> {
    Ok(Json(ctx.get::<dyn Stores>()?.plan_change(&ctx, slug, change).await?))
}

/// Changes a store's components.
#[utoipa::path(
    post, path = "/api/v1/mother/stores/{slug}/component-changes", tag = "mother",
    params(("slug" = String, Path)), request_body = ComponentChange,
    responses((status = 200, body = PlanReport))
)]
pub(crate) async fn make_change(
    ctx: Ctx,
    Path(slug): Path<String>,
    Json(change): Json<ComponentChange>,
) -> Result<Json<PlanReport>> {
    Ok(Json(ctx.get::<dyn Stores>()?.change(&ctx, slug, change).await?))
}

/// The recipes for stores, by name.
#[utoipa::path(
    get, path = "/api/v1/mother/blueprints", tag = "mother",
    responses((status = 200, body = Vec<BlueprintInfo>))
)]
pub(crate) async fn list_blueprints(ctx: Ctx) -> Result<Json<Vec<BlueprintInfo>>> {
    Ok(Json(ctx.get::<dyn Stores>()?.blueprints(&ctx).await?))
}

/// All backups, the newest first.
#[utoipa::path(
    get, path = "/api/v1/mother/backups", tag = "mother",
    responses((status = 200, body = Vec<BackupInfo>))
)]
pub(crate) async fn list_backups(ctx: Ctx) -> Result<Json<Vec<BackupInfo>>> {
    Ok(Json(ctx.get::<dyn Stores>()?.backups(&ctx).await?))
}

/// Removes a backup for good.
#[utoipa::path(
    delete, path = "/api/v1/mother/backups/{name}", tag = "mother",
    params(("name" = String, Path)), responses((status = 200, body = Object))
)]
pub(crate) async fn delete_backup(ctx: Ctx, Path(backup): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::RemoveBackup { backup }, StatusCode::OK).await
}

/// What is to be restored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreRequest {
    /// Name of the backup.
    backup: String,
    /// Slug of the store; that of the backup when absent.
    slug: Option<String>,
    /// Whether a store of that slug is replaced; it is backed up before.
    #[serde(default)]
    replace: bool,
}

/// Puts a backup in place.
#[utoipa::path(
    post, path = "/api/v1/mother/restores", tag = "mother", request_body = RestoreRequest,
    responses((status = 201, body = MadeStore), (status = 202, body = TaskRun))
)]
pub(crate) async fn restore_backup(
    ctx: Ctx,
    Json(wanted): Json<RestoreRequest>,
) -> Result<Response> {
    let RestoreRequest { backup, slug, replace } = wanted;
    answer(&ctx, StoreAct::Restore { backup, slug, replace }, StatusCode::CREATED).await
}

/// What stores share, by name of the policy.
#[utoipa::path(
    get, path = "/api/v1/mother/shares", tag = "mother",
    responses((status = 200, body = Vec<ShareStatus>))
)]
pub(crate) async fn list_shares(ctx: Ctx) -> Result<Json<Vec<ShareStatus>>> {
    Ok(Json(ctx.get::<dyn Stores>()?.shares(&ctx).await?))
}

/// Which records stores share, and who may read and write what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareRequest {
    /// What is shared: `products`, `customers`.
    kind: String,
    /// Slug of the store whose records they are.
    home: String,
    /// The stores that have them too, by slug.
    members: BTreeMap<String, ShareAccess>,
}

/// Lets stores share records, or changes how they do.
#[utoipa::path(
    put, path = "/api/v1/mother/shares/{name}", tag = "mother", params(("name" = String, Path)),
    request_body = ShareRequest,
    responses((status = 200, body = SharePolicy), (status = 202, body = TaskRun))
)]
pub(crate) async fn put_share(
    ctx: Ctx,
    Path(name): Path<String>,
    Json(wanted): Json<ShareRequest>,
) -> Result<Response> {
    let ShareRequest { kind, home, members } = wanted;
    answer(&ctx, StoreAct::Share(SharePolicy { name, kind, home, members }), StatusCode::OK).await
}

/// Lets stores share no longer. Products stay as each store's own; of customers each store forgets what it
/// knows from others.
#[utoipa::path(
    delete, path = "/api/v1/mother/shares/{name}", tag = "mother",
    params(("name" = String, Path)), responses((status = 200, body = SharePolicy))
)]
pub(crate) async fn delete_share(ctx: Ctx, Path(name): Path<String>) -> Result<Response> {
    answer(&ctx, StoreAct::Unshare { name }, StatusCode::OK).await
}

/// What a store can share.
#[utoipa::path(
    get, path = "/api/v1/mother/stores/{slug}/shared-kinds", tag = "mother",
    params(("slug" = String, Path)), responses((status = 200, body = Vec<SharedKind>))
)]
pub(crate) async fn list_shared_kinds(
    ctx: Ctx,
    Path(slug): Path<String>,
) -> Result<Json<Vec<SharedKind>>> {
    Ok(Json(ctx.get::<dyn Stores>()?.shared_kinds(&ctx, slug).await?))
}

/// How far something is that takes longer.
#[utoipa::path(
    get, path = "/api/v1/mother/runs/{id}", tag = "mother", params(("id" = Uuid, Path)),
    responses((status = 200, body = TaskRun))
)]
pub(crate) async fn get_run(ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<TaskRun>> {
    let runs = ctx.get::<dyn Tasks>()?.runs(&ctx, vec![id]).await?;
    let unknown = || Error::not_found("fleet.run_unknown", "There is no such run.");
    runs.into_iter().next().map(Json).ok_or_else(unknown)
}

/// What all stores sold today and in the last 30 days.
#[utoipa::path(
    get, path = "/api/v1/mother/report", tag = "mother", responses((status = 200, body = Report))
)]
pub(crate) async fn get_report(ctx: Ctx) -> Result<Json<Report>> {
    Ok(Json(report::report(&ctx).await?))
}

/// Does it, and answers its result, or the run when it takes longer.
async fn answer(ctx: &Ctx, wanted: StoreAct, status: StatusCode) -> Result<Response> {
    let run = act(ctx, wanted).await?;
    Ok(match run.state.as_str() {
        "running" => (StatusCode::ACCEPTED, Json(run)).into_response(),
        _ => (status, Json(run.result.unwrap_or_default())).into_response(),
    })
}
