//! The interface of the sample, and one it calls.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_sdk::component::event::Event;
use hatchery_sdk::component::interface;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Image, Product, ProductStatus, Variant};
use hatchery_sdk::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, EntityTrait, ExprTrait, FromQueryResult, QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::Instrument;
use uuid::Uuid;

use crate::brew;

/// What the context says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Slug of the store.
    pub store: String,
    /// Who acts.
    pub actor: String,
    /// The language.
    pub locale: Locale,
    /// The request.
    pub request: Uuid,
    /// The time.
    pub now: DateTime<Utc>,
    /// Whether two new ids differ.
    pub ids_differ: bool,
    /// How many random bytes came for twelve.
    pub random: usize,
    /// A value that was signed and verified.
    pub verified: Option<String>,
    /// A foreign value that was verified.
    pub forged: Option<String>,
    /// Whether a unit of work is open.
    pub in_unit: bool,
}

/// A brew, with a value of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brew {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How much.
    pub quantity: i64,
    /// 32 bits.
    pub size: i32,
    /// With a point.
    pub strength: f64,
    /// Yes or no.
    pub hot: bool,
    /// Perhaps a text.
    pub note: Option<String>,
    /// Perhaps an id.
    pub parent: Option<Uuid>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// On which day.
    pub day: chrono::NaiveDate,
    /// JSON.
    pub tags: Value,
    /// Bytes.
    pub picture: Vec<u8>,
}

/// What the database computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromQueryResult)]
pub struct Sums {
    /// Sum.
    pub quantity: Option<i64>,
    /// Latest time.
    pub last: Option<DateTime<Utc>>,
    /// Number of brews.
    pub brews: i64,
}

/// What the sample can do.
#[interface(id = "kettle", version = "1.1.0")]
#[async_trait]
pub trait Kettle: Send + Sync {
    /// What its context says.
    async fn facts(&self, ctx: &Ctx) -> Result<Facts>;
    /// Brews, and tells.
    async fn add(&self, ctx: &Ctx, name: String, quantity: i64) -> Result<Uuid>;
    /// All brews by name.
    async fn brews(&self, ctx: &Ctx) -> Result<Vec<Brew>>;
    /// Name and quantity read by position.
    async fn tuples(&self, ctx: &Ctx) -> Result<Vec<(i64, String)>>;
    /// What the database computes.
    async fn sums(&self, ctx: &Ctx) -> Result<Sums>;
    /// Fails in the way it is told.
    async fn fail(&self, ctx: &Ctx, how: String) -> Result<()>;
    /// Asks a neighbor.
    async fn ask(&self, ctx: &Ctx, question: String) -> Result<String>;
    /// Brews one and fails to brew another, with a savepoint around the other.
    async fn try_two(&self, ctx: &Ctx) -> Result<()>;
    /// Brews beside the request, a little later.
    async fn later(&self, ctx: &Ctx) -> Result<()>;
    /// Queues a job.
    async fn enqueue(&self, ctx: &Ctx, payload: Value) -> Result<()>;
    /// Logs within spans, asks a neighbor there, and counts. Since 1.1.
    async fn boil(&self, ctx: &Ctx, cups: u64) -> Result<()>;
    /// Does next to nothing, to measure a call. Since 1.1.
    async fn price(&self, ctx: &Ctx, cups: u64) -> Result<i64>;
    /// Gives a page of products, to measure what is larger. Since 1.1.
    async fn page(&self, ctx: &Ctx, products: u32) -> Result<Vec<Product>>;
}

/// Somebody else.
#[interface(id = "neighbor", version = "1.0.0")]
#[async_trait]
pub trait Neighbor: Send + Sync {
    /// Answers.
    async fn answer(&self, ctx: &Ctx, question: String) -> Result<String>;
}

/// Something was brewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Brewed {
    /// What.
    pub name: String,
}

impl Event for Brewed {
    const TYPE: &'static str = "sample.brewed.v1";

    fn subject(&self) -> String {
        self.name.clone()
    }
}

pub(crate) struct KettleService;

/// Brews one.
pub(crate) async fn add(ctx: &Ctx, name: String, quantity: i64) -> Result<Uuid> {
    ctx.transaction(|ctx| async move {
        let now = ctx.now();
        let brew = brew::ActiveModel {
            id: Set(ctx.new_id::<()>().uuid()),
            name: Set(name.clone()),
            quantity: Set(quantity),
            size: Set(-7),
            strength: Set(0.25),
            hot: Set(true),
            note: Set((quantity > 1).then(|| "strong".to_owned())),
            parent: Set((quantity > 1).then(|| Uuid::from_u128(9))),
            made_at: Set(now),
            day: Set(now.date_naive()),
            tags: Set(json!(["a", { "b": null }])),
            picture: Set(vec![0, 255]),
        };
        let brew = brew.insert(&ctx.db()).await?;
        ctx.emit(&Brewed { name }).await?;
        Ok(brew.id)
    })
    .await
}

#[async_trait]
impl Kettle for KettleService {
    async fn facts(&self, ctx: &Ctx) -> Result<Facts> {
        let signed = ctx.sign("tea", "cup 7");
        Ok(Facts {
            store: ctx.store().slug.clone(),
            actor: ctx.actor().label(),
            locale: ctx.locale().clone(),
            request: ctx.request_id(),
            now: ctx.now(),
            ids_differ: ctx.new_id::<()>() != ctx.new_id::<()>(),
            random: ctx.random(12).len(),
            verified: ctx.verify("tea", &signed),
            forged: ctx.verify("coffee", &signed),
            in_unit: ctx.header().unit.is_some(),
        })
    }

    async fn add(&self, ctx: &Ctx, name: String, quantity: i64) -> Result<Uuid> {
        add(ctx, name, quantity).await
    }

    async fn brews(&self, ctx: &Ctx) -> Result<Vec<Brew>> {
        let rows = brew::Entity::find().order_by_asc(brew::Column::Name).all(&ctx.db()).await?;
        let brew = |row: brew::Model| Brew {
            id: row.id,
            name: row.name,
            quantity: row.quantity,
            size: row.size,
            strength: row.strength,
            hot: row.hot,
            note: row.note,
            parent: row.parent,
            made_at: row.made_at,
            day: row.day,
            tags: row.tags,
            picture: row.picture,
        };
        Ok(rows.into_iter().map(brew).collect())
    }

    async fn tuples(&self, ctx: &Ctx) -> Result<Vec<(i64, String)>> {
        let query = brew::Entity::find().select_only();
        let query = query.column(brew::Column::Quantity).column(brew::Column::Name);
        Ok(query.order_by_asc(brew::Column::Name).into_tuple().all(&ctx.db()).await?)
    }

    async fn sums(&self, ctx: &Ctx) -> Result<Sums> {
        let quantity = Expr::col(brew::Column::Quantity).sum().cast_as("bigint");
        let query = brew::Entity::find()
            .select_only()
            .column_as(quantity, "quantity")
            .column_as(Expr::col(brew::Column::MadeAt).max(), "last")
            .column_as(Expr::col(brew::Column::Id).count(), "brews");
        let found = query.into_model::<Sums>().one(&ctx.db()).await?;
        found.ok_or_else(|| Error::internal("no sums"))
    }

    async fn fail(&self, ctx: &Ctx, how: String) -> Result<()> {
        match how.as_str() {
            "error" => Err(Error::conflict("sample.cold", "The tea is cold.")
                .with_field("/cup", "cold", "Warm it.")
                .with_details(json!({ "degrees": 12 }))
                .with_source("the kettle broke")),
            "panic" => panic!("the kettle exploded"),
            "panic later" => {
                ctx.sleep(Duration::from_millis(1)).await;
                panic!("the kettle exploded late")
            }
            "in unit" => {
                ctx.transaction(|ctx| async move {
                    add(&ctx, "lost".into(), 1).await?;
                    Err(Error::invalid("sample.spilt", "It was spilt."))
                })
                .await
            }
            "panic in unit" => {
                ctx.transaction(|ctx| async move {
                    add(&ctx, "lost".into(), 1).await?;
                    panic!("the kettle exploded in a unit of work")
                })
                .await
            }
            "sql" => {
                brew::Entity::find().filter_by_nonsense(&ctx.db()).await?;
                Ok(())
            }
            other => Err(Error::invalid("sample.how", format!("There is no way '{other}'."))),
        }
    }

    async fn ask(&self, ctx: &Ctx, question: String) -> Result<String> {
        let answer = ctx.get::<dyn Neighbor>()?.answer(ctx, question).await?;
        let others = ctx.all::<dyn Neighbor>()?.len();
        let absent = ctx.find::<dyn Absent>().is_none();
        Ok(format!("{answer} ({others}, {absent})"))
    }

    async fn try_two(&self, ctx: &Ctx) -> Result<()> {
        ctx.transaction(|ctx| async move {
            add(&ctx, "one".into(), 1).await?;
            let second = ctx.savepoint(|ctx| async move {
                add(&ctx, "two".into(), 1).await?;
                add(&ctx, "one".into(), 1).await
            });
            match second.await {
                Err(error) if error.code() == "database.duplicate" => Ok(()),
                other => Err(Error::internal(format!("no duplicate, but {other:?}"))),
            }
        })
        .await
    }

    async fn later(&self, ctx: &Ctx) -> Result<()> {
        ctx.spawn(|ctx| async move {
            ctx.sleep(Duration::from_millis(5)).await;
            if let Err(error) = add(&ctx, "later".into(), 1).await {
                tracing::error!("not later: {}", error.chain());
            }
        });
        Ok(())
    }

    async fn enqueue(&self, ctx: &Ctx, payload: Value) -> Result<()> {
        ctx.enqueue("sample.clean", "once", payload, None).await
    }

    async fn boil(&self, ctx: &Ctx, cups: u64) -> Result<()> {
        let work = async {
            tracing::info!(degrees = 20, "the water is cold");
            ctx.sleep(Duration::from_millis(1)).await;
            let inner = tracing::debug_span!("pour", cups, "into {}", "cups");
            // Work of another task finds its way back into the span.
            async { tracing::warn!("the water boils") }.instrument(inner).await;
            let answer = ctx.get::<dyn Neighbor>()?.answer(ctx, "who listens".into()).await?;
            tracing::info!("{answer}");
            ctx.count("boiled", cups);
            Ok(())
        };
        let span = tracing::info_span!("boil", cups, kettle = "blue");
        work.instrument(span).await
    }

    async fn price(&self, _: &Ctx, cups: u64) -> Result<i64> {
        i64::try_from(cups).map_err(Error::internal)
    }

    async fn page(&self, _: &Ctx, products: u32) -> Result<Vec<Product>> {
        (0..products).map(product).collect()
    }
}

/// A product as shops have them.
pub(crate) fn product(number: u32) -> Result<Product> {
    let text = |text: &str| Localized::en(text).with(Locale::zh_cn(), "茶壶");
    Ok(Product {
        id: Id::from_uuid(Uuid::from_u128(number.into())),
        slug: format!("teapot-{number}"),
        status: ProductStatus::Active,
        name: text("A teapot"),
        description: text("It holds a liter and keeps warm for an hour."),
        brand: Some("Hatchery".into()),
        category_path: vec!["home".into(), "tea".into()],
        collections: Vec::new(),
        attributes: Vec::new(),
        options: Vec::new(),
        variants: vec![Variant {
            sku: Sku::new(&format!("TP-{number}"))?,
            name: Localized::default(),
            options: Default::default(),
            weight_grams: Some(900),
            barcode: None,
            image: None,
        }],
        images: vec![Image { url: "/files/abc".into(), alt: text("The teapot") }],
        tax_category: "standard".into(),
        tags: vec!["gift".into()],
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        version: 1,
        shared_by: None,
    })
}

/// An interface nobody provides.
#[interface(id = "absent", version = "1.0.0")]
#[async_trait]
pub trait Absent: Send + Sync {
    /// Never called.
    async fn nothing(&self, ctx: &Ctx) -> Result<()>;
}

/// A query that the database refuses.
trait Nonsense {
    async fn filter_by_nonsense(
        self,
        db: &hatchery_sdk::component::Db,
    ) -> Result<(), sea_orm::DbErr>;
}

impl Nonsense for sea_orm::Select<brew::Entity> {
    async fn filter_by_nonsense(
        self,
        db: &hatchery_sdk::component::Db,
    ) -> Result<(), sea_orm::DbErr> {
        use sea_orm::QueryFilter;
        self.filter(Expr::cust("no_such_column = 1")).all(db).await.map(drop)
    }
}
