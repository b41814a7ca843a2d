//! Does what was asked on the command line.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use hatchery_component::platform::ComponentChange;
use serde_json::json;

use crate::act::Act;
use crate::cli::{
    AdminCommand, ChangeCommand, Cli, Command, ComponentCommand, ConfigCommand, StoreArgument,
};
use crate::{check, control, import, new, present, reference, serve, stores};

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Serve(ref arguments) => serve::run(&cli, arguments).await,
        Command::Import(ref arguments) => import::run(&cli, arguments).await,
        Command::Store(ref command) => {
            stores::run(&cli, command).await?;
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
    let ((store, change), is_plan) = match command {
        ComponentCommand::List { store } => {
            let act = Act::Components { store: store.store.clone() };
            present::components(&control::act(cli, act).await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        ComponentCommand::New(arguments) => return new::run(arguments),
        ComponentCommand::Check(arguments) => return check::run(cli, arguments).await,
        ComponentCommand::Plan { change: Some(change), .. } => (change_of(change)?, true),
        ComponentCommand::Plan { component, disable, store, change: None } => {
            let Some(component) = component else { bail!("name a component, or a change of one") };
            ((store, ComponentChange::to(component, !disable)), true)
        }
        // What cannot be taken back is asked for twice.
        ComponentCommand::Change(change @ ChangeCommand::Purge { yes, .. }) => {
            (change_of(change)?, !yes)
        }
        ComponentCommand::Change(change) => (change_of(change)?, false),
    };
    let store = store.store.clone();
    let act = if is_plan { Act::Plan { store, change } } else { Act::Apply { store, change } };
    let possible = present::plan(&control::act(cli, act).await?)?;
    if let (true, ComponentCommand::Change(ChangeCommand::Purge { component, .. })) =
        (possible && is_plan, command)
    {
        println!("Nothing was done; `hatchery component purge {component} --yes` does it.");
    }
    Ok(if possible { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn change_of(command: &ChangeCommand) -> Result<(&StoreArgument, ComponentChange)> {
    Ok(match command {
        ChangeCommand::Install { file, store } => {
            (store, ComponentChange::Install(absolute(file)?))
        }
        ChangeCommand::Enable { component, store } => {
            (store, ComponentChange::Enable(component.clone()))
        }
        ChangeCommand::Disable { component, store } => {
            (store, ComponentChange::Disable(component.clone()))
        }
        ChangeCommand::Swap { component, to, store } => {
            // The host may run in another folder than this command.
            let file = Path::new(to);
            let to = if file.is_file() { absolute(file)? } else { to.clone() };
            (store, ComponentChange::Swap { component: component.clone(), to })
        }
        ChangeCommand::FinishUpgrade { component, store } => {
            (store, ComponentChange::FinishUpgrade(component.clone()))
        }
        ChangeCommand::Uninstall { component, store } => {
            (store, ComponentChange::Uninstall(component.clone()))
        }
        ChangeCommand::Purge { component, store, .. } => {
            (store, ComponentChange::Purge(component.clone()))
        }
    })
}

fn absolute(file: &Path) -> Result<String> {
    let file = file.canonicalize().with_context(|| format!("cannot read {}", file.display()))?;
    file.into_os_string().into_string().map_err(|name| anyhow!("{} is no text", name.display()))
}
