//! Does what was asked on the command line.

use std::process::ExitCode;

use anyhow::{Result, bail};
use hatchery_kernel::kernel::ComponentChange;
use serde_json::json;

use crate::act::{Act, NewStoreAct};
use crate::cli::{AdminCommand, Cli, Command, ComponentCommand, ConfigCommand, StoreCommand};
use crate::{control, import, present, reference, serve};

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Serve(ref arguments) => serve::run(&cli, arguments).await,
        Command::Import(ref arguments) => import::run(&cli, arguments).await,
        Command::Store(StoreCommand::List) => {
            present::stores(&control::act(&cli, Act::Stores).await?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Store(StoreCommand::Create {
            ref slug,
            ref name,
            ref locales,
            currency,
            ref time_zone,
            ref domains,
            ref components,
        }) => {
            let new = NewStoreAct {
                slug: slug.clone(),
                name: name.clone().unwrap_or_else(|| slug.clone()),
                locales: locales.clone(),
                currency,
                time_zone: time_zone.clone(),
                domains: domains.clone(),
                components: components.clone(),
            };
            let address = control::act(&cli, Act::CreateStore(new)).await?;
            println!("The store '{slug}' is ready: {}", address.as_str().unwrap_or_default());
            Ok(ExitCode::SUCCESS)
        }
        Command::Component(ref command) => component(&cli, command).await,
        Command::Config(ConfigCommand::Check) => {
            let report = serve::check_settings(&cli)?;
            println!("{report}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(AdminCommand::CreateUser { ref store, ref email, ref name, ref role }) => {
            let name = name.clone().unwrap_or_else(|| email.clone());
            let input = json!({ "email": email, "name": name, "role": role });
            let task = "identity.create_user".to_owned();
            let act = Act::Task { store: store.store.clone(), task, input };
            let result = control::act(&cli, act).await?;
            let Some(password) = result.get("password").and_then(|password| password.as_str())
            else {
                bail!("the user was created, but no password was given");
            };
            println!("One-time password of {email}: {password}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Docs { ref out } => {
            reference::write(out)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn component(cli: &Cli, command: &ComponentCommand) -> Result<ExitCode> {
    let (store, change, apply) = match command {
        ComponentCommand::List { store } => {
            let act = Act::Components { store: store.store.clone() };
            present::components(&control::act(cli, act).await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        ComponentCommand::Plan { component, disable, store } => {
            (store, ComponentChange::to(component, !disable), false)
        }
        ComponentCommand::Enable { component, store } => {
            (store, ComponentChange::to(component, true), true)
        }
        ComponentCommand::Disable { component, store } => {
            (store, ComponentChange::to(component, false), true)
        }
    };
    let store = store.store.clone();
    let act = if apply { Act::Apply { store, change } } else { Act::Plan { store, change } };
    let possible = present::plan(&control::act(cli, act).await?)?;
    Ok(if possible { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
