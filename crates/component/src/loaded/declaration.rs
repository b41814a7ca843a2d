//! A declaration as data.

use sea_orm::DbBackend;

use crate::declaration::{Access, Declaration, Migration, Route};
use crate::error::Result;
use crate::resource::ResourceDeclaration;
use crate::wire::{AccessWire, DeclarationWire, MigrationWire, ResourceWire, RouteWire};

impl DeclarationWire {
    /// What of a declaration crosses; its functions are called by position or name.
    pub(super) fn of(declaration: &Declaration) -> Result<Self> {
        let pairs = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
        };
        let (subscriptions, jobs, tasks) =
            (declaration.subscriptions.iter(), declaration.jobs.iter(), declaration.tasks.iter());
        Ok(Self {
            routes: declaration.routes.iter().map(route).collect::<Result<_>>()?,
            migrations: declaration.migrations.iter().map(migration).collect(),
            settings_defaults: declaration.settings.defaults.clone(),
            settings_schema: declaration.settings.schema.clone(),
            subscriptions: subscriptions.map(|it| (it.name.into(), it.event_type.into())).collect(),
            jobs: jobs.map(|it| (it.name.into(), it.schedule)).collect(),
            tasks: tasks.map(|it| (it.name.into(), it.permission.into())).collect(),
            resources: declaration.resources.iter().map(resource).collect(),
            slots: declaration.slots.iter().map(|it| it.slot.to_owned()).collect(),
            templates: pairs(&declaration.templates),
            messages: declaration
                .messages
                .iter()
                .map(|(locale, fluent)| (locale.clone(), (*fluent).to_owned()))
                .collect(),
            assets: declaration
                .assets
                .iter()
                .map(|it| (it.path.into(), it.content_type.into(), it.bytes.to_vec()))
                .collect(),
            resync: declaration.resync.is_some(),
            emits: pairs(&declaration.emits),
            open_while_suspended: declaration
                .open_while_suspended
                .iter()
                .map(|path| (*path).to_owned())
                .collect(),
            tasks_told_once: declaration
                .tasks
                .iter()
                .filter(|it| it.told_once)
                .map(|it| it.name.to_owned())
                .collect(),
        })
    }
}

fn route(route: &Route) -> Result<RouteWire> {
    let openapi = match &route.openapi {
        None => None,
        Some(doc) => {
            Some((serde_json::to_value(&doc.item)?, serde_json::to_value(&doc.components)?))
        }
    };
    Ok(RouteWire {
        method: route.method.to_string(),
        path: route.path.clone(),
        access: match route.access {
            Access::Public => AccessWire::Public,
            Access::Staff(permission) => AccessWire::Staff(permission.to_owned()),
            Access::Webhook => AccessWire::Webhook,
        },
        openapi,
        body_limit: route.body_limit.map(|bytes| bytes as u64),
    })
}

fn migration(migration: &Migration) -> MigrationWire {
    MigrationWire {
        id: migration.id.to_owned(),
        kind: migration.kind,
        sqlite: migration.statements(DbBackend::Sqlite),
        postgres: migration.statements(DbBackend::Postgres),
    }
}

fn resource(resource: &ResourceDeclaration) -> ResourceWire {
    ResourceWire {
        name: resource.name.to_owned(),
        group: resource.group.to_owned(),
        read: resource.read.to_owned(),
        write: resource.write.map(str::to_owned),
        can_create: resource.can_create,
        schema: resource.schema.clone(),
        columns: resource.columns.iter().map(|column| (*column).to_owned()).collect(),
        fields: resource.fields.clone(),
        actions: resource.actions.clone(),
        page: resource.page.map(str::to_owned),
    }
}
