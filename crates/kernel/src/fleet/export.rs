//! A store's records in open formats: for every resource a file with a JSON record per line, the same as CSV,
//! and its JSON Schema; and the store's files.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hatchery_component::platform::ListRequest;
use hatchery_component::{Actor, Error, Progress, Result};
use sea_orm::EntityTrait;
use serde_json::json;

use super::backup::{private_folder, unusable, write};
use crate::db::entity::file;
use crate::kernel::Kernel;
use crate::platform::{files, state};
use crate::resources::{self, export as table};

/// Records that are read at once.
const PAGE: u32 = 500;

/// Writes all records of a store into a new folder, and gives the folder.
///
/// # Errors
/// The folder is there and not empty; it cannot be written; a resource fails.
pub(super) async fn export(
    kernel: &Arc<Kernel>,
    slug: &str,
    to: Option<PathBuf>,
    progress: &Progress,
) -> Result<PathBuf> {
    let store = kernel.store(slug).await?;
    let now = kernel.options().clock.now();
    let folder = to.unwrap_or_else(|| {
        let name = format!("{slug}-{}", now.format("%Y%m%dT%H%M%SZ"));
        kernel.options().data.join("exports").join(name)
    });
    empty_folder(&folder)?;
    let actor = Actor::System { caused_by: Some("export".into()) };
    let ctx = store.ctx("kernel".into(), actor, None);
    let assembly = state(&ctx)?.assembly.clone();
    let described = resources::describe(&ctx, &assembly).await?;
    let mut listed = Vec::new();
    let total = described.len() as u64;
    for (done, resource) in described.iter().enumerate() {
        let name = &resource.name;
        let columns = table::columns(resource);
        let mut lines = make(&folder.join(format!("{name}.jsonl")))?;
        let mut rows = make(&folder.join(format!("{name}.csv")))?;
        let unwritable = |error: std::io::Error| unusable(&folder, &error);
        rows.write_all(&table::head(&columns)?).map_err(unwritable)?;
        let (mut cursor, mut count) = (None, 0_u64);
        loop {
            progress.report(done as u64, Some(total), &format!("{name}: {count}"));
            let request = ListRequest { limit: Some(PAGE), cursor, ..ListRequest::default() };
            let page = resources::list(&ctx, &assembly, name, request).await?;
            for record in &page.items {
                serde_json::to_writer(
                    &mut lines,
                    &json!({ "id": record.id, "data": record.data }),
                )?;
                lines.write_all(b"\n").map_err(unwritable)?;
            }
            rows.write_all(&table::lines(&columns, &page.items)?).map_err(unwritable)?;
            count += page.items.len() as u64;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        for (file, name) in [(lines, "jsonl"), (rows, "csv")] {
            let file = file.into_inner().map_err(|error| Error::internal(error.to_string()))?;
            file.sync_all().map_err(|error| unusable(Path::new(name), &error))?;
        }
        let schema = serde_json::to_vec_pretty(&resource.schema)?;
        write(&folder.join(format!("{name}.schema.json")), &schema)?;
        listed.push(json!({ "resource": name, "component": resource.component, "records": count }));
    }
    let kept = file::Entity::find().all(&store.db.read()).await?;
    let (from, into) = (store.folder.join("files"), folder.join("files"));
    for row in &kept {
        let (from, into) = (files::path(&from, &row.hash), into.join(&row.hash));
        if from.exists() {
            private_folder(into.parent().unwrap_or(&folder))?;
            std::fs::copy(&from, &into).map_err(|error| unusable(&into, &error))?;
        }
    }
    let files: Vec<_> = kept
        .iter()
        .map(|row| json!({ "file": row.hash, "content_type": row.content_type, "bytes": row.size }))
        .collect();
    let contents = json!({
        "format": 1, "store": store.info().slug, "name": store.info().name, "exported_at": now,
        "currency": store.info().currency, "time_zone": store.info().time_zone,
        "resources": listed, "files": files,
    });
    write(&folder.join("export.json"), &serde_json::to_vec_pretty(&contents)?)?;
    Ok(folder)
}

fn make(path: &Path) -> Result<std::io::BufWriter<File>> {
    let file = File::create(path).map_err(|error| unusable(path, &error))?;
    Ok(std::io::BufWriter::new(file))
}

/// A folder that is new, or empty.
pub(super) fn empty_folder(folder: &Path) -> Result<()> {
    private_folder(folder)?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
    if entries.next().is_some() {
        let message = format!("{} is not empty; name a new folder", folder.display());
        return Err(Error::conflict("data.folder", message));
    }
    Ok(())
}
