//! `hatchery serve`: all stores over HTTP, until a signal ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use hatchery_kernel::kernel::{KernelOptions, MOTHER, StoreRecord};
use hatchery_kernel::{Kernel, http};
use tokio::net::TcpListener;

use crate::cli::{Cli, ServeArguments};
use crate::demo::{self, Owner};
use crate::{control, present};

/// Stores that are listed at the start.
const MOST_LISTED: usize = 20;

pub(crate) async fn run(cli: &Cli, arguments: &ServeArguments) -> Result<ExitCode> {
    let begun = Instant::now();
    // Each open store takes some; what the system allows at first is for smaller programs.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!("the limit of open files stays as it is: {error}");
    }
    let options = KernelOptions {
        listen: arguments.listen,
        safe_mode: arguments.safe_mode,
        watch: true,
        ..cli.kernel_options("hatchery serve")?
    };
    let kernel = Kernel::open(options).await?;
    let served = serve(cli, arguments, &kernel, begun).await;
    kernel.shutdown().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

/// What would be left out with the settings as they are; an error names each key that does not fit.
pub(crate) fn check_settings(cli: &Cli) -> Result<String> {
    let options = cli.kernel_options("hatchery config check")?;
    let left_out = Kernel::check_settings(&options)?;
    let folder = options.config.as_ref().map_or_else(
        || "There is no settings folder; the defaults apply.".to_owned(),
        |folder| format!("The settings in {} are fine.", folder.display()),
    );
    Ok(std::iter::once(folder).chain(left_out).collect::<Vec<_>>().join("\n"))
}

async fn serve(
    cli: &Cli,
    arguments: &ServeArguments,
    kernel: &Arc<Kernel>,
    begun: Instant,
) -> Result<()> {
    let address = kernel.listen()?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with --listen"))?;
    kernel.listening_on(listener.local_addr()?);
    let _listener = control::listen(kernel, &cli.data())?;
    let owner = if arguments.demo { demo::prepare(kernel).await? } else { None };
    let mothers = if owner.is_some() { demo::prepare_mother(kernel).await? } else { None };
    kernel.wake_due().await;
    kernel.keep_stores();
    announce(kernel, (owner.as_ref(), mothers.as_ref()), begun)?;
    http::serve(kernel.clone(), listener, end_of_service()).await.context("the server broke off")
}

fn announce(
    kernel: &Kernel,
    (owner, mothers): (Option<&Owner>, Option<&Owner>),
    begun: Instant,
) -> Result<()> {
    let address = kernel.listen()?;
    println!("Hatchery is ready after {:.2} s on http://{address}", begun.elapsed().as_secs_f64());
    let stores = kernel.stores();
    let rows: Vec<_> = stores.iter().take(MOST_LISTED).map(|store| line(kernel, store)).collect();
    match rows.is_empty() {
        true => println!("There is no store yet; make one with `hatchery store create SLUG`."),
        false => {
            print!("{}", present::table(["store", "for visitors", "for staff"], rows.into_iter()))
        }
    }
    if stores.len() > MOST_LISTED {
        println!("and {} more; `hatchery store list` has them all", stores.len() - MOST_LISTED);
    }
    if let Ok(mother) = kernel.store_info(MOTHER) {
        println!("The mother, for those who run stores: {}/mother", mother.base_url);
    }
    for store in kernel.open_stores() {
        let left_out = store.components().into_iter().filter(|it| !it.enabled);
        for component in left_out {
            if let Some(problem) = component.problem {
                println!("Left out of '{}': {} ({problem})", store.slug, component.id);
            }
        }
    }
    if let Some(owner) = owner {
        println!("Sign in as {} with the one-time password {}", owner.email, owner.password);
    }
    if let Some(owner) = mothers {
        println!("At the mother as {} with the one-time password {}", owner.email, owner.password);
    }
    Ok(())
}

/// A line of the list. The addresses of a store whose settings do not fit are not known.
fn line(kernel: &Kernel, store: &StoreRecord) -> [String; 3] {
    match kernel.store_info(&store.slug) {
        Ok(info) => [info.name, format!("{}/", info.base_url), format!("{}/admin", info.base_url)],
        Err(_) => [store.name.clone(), "?".into(), "?".into()],
    }
}

/// Ends with Ctrl-C or a request of the system to stop.
async fn end_of_service() {
    tokio::select! {
        () = asked_by_the_system() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("ending: requests finish, then events and jobs, then the databases close");
}

#[cfg(unix)]
async fn asked_by_the_system() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(error) => {
            tracing::warn!("only Ctrl-C ends the host: {error}");
            std::future::pending().await
        }
    }
}

/// Elsewhere Ctrl-C is all there is.
#[cfg(not(unix))]
async fn asked_by_the_system() {
    std::future::pending().await
}
