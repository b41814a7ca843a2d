//! `/admin`

use hatchery_sdk::component::platform::Mother;
use hatchery_sdk::prelude::*;

use crate::http::Desk;
use crate::ops::show_dashboard::show_dashboard;

/// GET /admin
pub(crate) async fn show(ctx: Ctx, desk: Desk) -> Result<View> {
    let dashboard = show_dashboard(&ctx).await?;
    let new_store = match ctx.find::<dyn Mother>() {
        Some(mother) => mother.new_store_address(&ctx).await?,
        None => None,
    };
    let view = View::new("admin/dashboard.html")
        .with("new_store_url", new_store)
        .with("figures", dashboard.figures)
        .with("charts", dashboard.charts)
        .with("lists", dashboard.lists);
    desk.page(&ctx, view).await
}
