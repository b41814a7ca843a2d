//! What the code of a loaded component may ask of the host, on behalf of one call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hatchery_abi::{Dispatch, Reply, ReplyFuture, Request, Service, Status};
use hatchery_component::db::Connection;
use hatchery_component::host::Unit;
use hatchery_component::watch::watched;
use hatchery_component::wire::{
    self, Executed, Outgoing, StatementWire, context as methods, method,
};
use hatchery_component::{Ctx, Error, NewEvent, Progress, Result};
use sea_orm::{DbBackend, DbErr, ExecResult};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rows;

/// The service that a call takes along. It lives as long as the component's code keeps the call's context;
/// units of work that are open then are rolled back.
pub(crate) struct Context {
    ctx: Ctx,
    component: Service,
    progress: Option<Progress>,
    units: Mutex<BTreeMap<u64, Arc<dyn Unit>>>,
}

impl Context {
    /// A service for a call of the component with a context.
    pub(crate) fn new(ctx: Ctx, component: Service, progress: Option<Progress>) -> Self {
        Self { ctx, component, progress, units: Mutex::default() }
    }

    fn units(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<dyn Unit>>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The unit of work that the call came in, or one that was begun by it.
    fn unit(&self, id: u64) -> Result<Arc<dyn Unit>> {
        let of_call = self.ctx.unit().filter(|unit| unit.id() == id).cloned();
        of_call
            .or_else(|| self.units().get(&id).cloned())
            .ok_or_else(|| Error::internal(format!("the unit of work {id} is over")))
    }

    fn wanted_unit(&self, header: &Outgoing) -> Result<Arc<dyn Unit>> {
        let id = header.unit.ok_or_else(|| Error::internal("no unit of work is open"))?;
        self.unit(id)
    }

    fn end_unit(&self, header: &Outgoing) -> Result<Arc<dyn Unit>> {
        let id = header.unit.ok_or_else(|| Error::internal("no unit of work is open"))?;
        let unit = self.units().remove(&id);
        unit.ok_or_else(|| Error::internal(format!("the unit of work {id} does not end here")))
    }

    fn connection(&self, header: &Outgoing) -> Result<Arc<dyn Connection>> {
        match header.unit {
            Some(id) => Ok(self.unit(id)?.connection()),
            None => Ok(self.ctx.host().database()),
        }
    }

    /// The context as the component's code has it.
    fn ctx(&self, header: &Outgoing) -> Result<Ctx> {
        let mut ctx = self.ctx.clone();
        if let Some(caller) = &header.caller {
            if caller.component != ctx.header().component {
                ctx = ctx.for_component(caller.component.clone());
            }
            if caller.actor != *ctx.actor() {
                ctx = ctx.with_actor(caller.actor.clone());
            }
            if caller.locale != *ctx.locale() {
                ctx = ctx.with_locale(caller.locale.clone());
            }
        }
        match header.unit {
            Some(id) if ctx.header().unit != Some(id) => Ok(ctx.within(self.unit(id)?)),
            _ => Ok(ctx),
        }
    }

    async fn interface(&self, header: &Outgoing, args: Vec<u8>) -> Result<Vec<u8>> {
        let providers = self.ctx.host().providers(&header.interface);
        let provider = providers.iter().find(|it| *it.component == *header.provider);
        let dispatch =
            provider.and_then(|provider| provider.handle.dispatch()).ok_or_else(|| {
                Error::internal(format!("'{}' provides no '{}'", header.provider, header.interface))
            })?;
        let ctx = self.ctx(header)?;
        let call = dispatch.dispatch(&ctx, header.method, args);
        // Whether the interface speaks to the outside is not known here.
        let limit = ctx.host().watch(&header.provider).map(|watch| watch.limit(true));
        watched(&ctx, &header.provider.as_str().into(), limit, call).await
    }

    fn spawn(&self, number: u64) -> Result<()> {
        let (component, args) = (self.component.clone(), wire::encode(&number)?);
        let header = wire::encode(&wire::Incoming::default())?;
        self.ctx.host().spawn(Box::pin(async move {
            let reply = component.call(Request::new(method::SPAWNED, header, args)).await;
            if let Err(error) = wire::outcome(reply) {
                tracing::error!("spawned work failed: {}", error.chain());
            }
        }));
        Ok(())
    }

    fn report(&self, (done, total, what): (u64, Option<u64>, String)) {
        if let Some(progress) = &self.progress {
            progress.report(done, total, &what);
        }
    }

    async fn answer(
        self: Arc<Self>,
        number: u32,
        header: Outgoing,
        args: Vec<u8>,
    ) -> Result<Answer> {
        let host = self.ctx.host();
        let header = &header;
        match number {
            methods::NOW => done(&host.now()),
            methods::UUID => done(&host.new_uuid()),
            methods::RANDOM => done(&host.random(read(&args)?)),
            methods::SIGN => {
                let (purpose, value): (String, String) = read(&args)?;
                done(&host.sign(&purpose, &value))
            }
            methods::VERIFY => {
                let (purpose, signed): (String, String) = read(&args)?;
                done(&host.verify(&purpose, &signed))
            }
            methods::PROVIDERS => {
                let interface: String = read(&args)?;
                let providers = host.providers(&interface);
                done(&providers.into_iter().map(|it| it.component).collect::<Vec<_>>())
            }
            methods::CALL => self.interface(header, args).await.map(Answer::Done),
            methods::EXECUTE => {
                let (connection, statement) = self.statement(header, &args)?;
                let backend = connection.backend();
                executed(connection.execute(statement).await, backend)
            }
            methods::EXECUTE_UNPREPARED => {
                let (connection, sql): (_, String) = (self.connection(header)?, read(&args)?);
                executed(connection.execute_unprepared(&sql).await, connection.backend())
            }
            methods::QUERY_ONE => {
                let (connection, statement) = self.statement(header, &args)?;
                let found = connection.query_one(statement).await.map_err(database_error)?;
                done(&rows::rows(found.as_slice()).map_err(database_error)?)
            }
            methods::QUERY_ALL => {
                let (connection, statement) = self.statement(header, &args)?;
                let found = connection.query_all(statement).await.map_err(database_error)?;
                done(&rows::rows(&found).map_err(database_error)?)
            }
            methods::BEGIN => {
                let unit = host.begin(&self.ctx(header)?).await?;
                let id = unit.id();
                self.units().insert(id, unit);
                done(&id)
            }
            methods::COMMIT => {
                let unit = self.end_unit(header)?;
                done(&unit.commit().await?)
            }
            methods::ROLLBACK => {
                let unit = self.end_unit(header)?;
                done(&unit.rollback().await?)
            }
            methods::ABANDON => {
                drop(self.end_unit(header)?);
                done(&())
            }
            methods::SAVEPOINT => done(&self.wanted_unit(header)?.savepoint().await?),
            methods::RELEASE => done(&self.wanted_unit(header)?.release(read(&args)?).await?),
            methods::ROLLBACK_TO => {
                done(&self.wanted_unit(header)?.rollback_to(read(&args)?).await?)
            }
            methods::EMIT => {
                let event: NewEvent = read(&args)?;
                done(&host.emit(&self.ctx(header)?, event).await?)
            }
            methods::ENQUEUE => done(&host.enqueue(&self.ctx(header)?, read(&args)?).await?),
            methods::SLEEP => {
                host.sleep(Duration::from_micros(read(&args)?)).await;
                done(&())
            }
            methods::SPAWN => done(&self.spawn(read(&args)?)?),
            methods::PROGRESS => {
                self.report(read(&args)?);
                done(&())
            }
            methods::COUNT => {
                let (name, by): (String, u64) = read(&args)?;
                host.count(&self.ctx(header)?, &name, by);
                done(&())
            }
            _ => Ok(Answer::Unknown),
        }
    }

    fn statement(
        &self,
        header: &Outgoing,
        args: &[u8],
    ) -> Result<(Arc<dyn Connection>, sea_orm::Statement)> {
        let connection = self.connection(header)?;
        let statement: StatementWire = read(args)?;
        let statement = statement.into_statement(connection.backend());
        Ok((connection, statement))
    }
}

impl Dispatch for Context {
    fn call(self: Arc<Self>, request: Request) -> ReplyFuture {
        let header = match wire::decode::<Outgoing>(request.header.as_slice()) {
            Ok(header) => header,
            Err(error) => {
                return ReplyFuture::ready(Reply::text(Status::BadArguments, &error.chain()));
            }
        };
        let (number, args) = (request.method, request.args.as_slice().to_vec());
        ReplyFuture::new(async move {
            match self.answer(number, header, args).await {
                Ok(Answer::Done(body)) => Reply::ok(body),
                Ok(Answer::Unknown) => {
                    Reply::text(Status::Unknown, &format!("method {number:#010x} of the host"))
                }
                Err(error) => wire::reply(Err(error)),
            }
        })
    }
}

enum Answer {
    Done(Vec<u8>),
    Unknown,
}

fn done<T: Serialize + ?Sized>(value: &T) -> Result<Answer> {
    wire::encode(value).map(Answer::Done)
}

fn read<T: DeserializeOwned>(args: &[u8]) -> Result<T> {
    wire::decode(args)
}

fn database_error(error: DbErr) -> Error {
    wire::database_error(&error)
}

fn executed(result: Result<ExecResult, DbErr>, backend: DbBackend) -> Result<Answer> {
    let result = result.map_err(database_error)?;
    // PostgreSQL has no such thing, and sea-orm panics when asked.
    let last_insert_id = if backend == DbBackend::Sqlite { result.last_insert_id() } else { 0 };
    done(&Executed { rows: result.rows_affected(), last_insert_id })
}
