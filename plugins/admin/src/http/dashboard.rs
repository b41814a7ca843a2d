//! `/admin`

use hatchery_sdk::prelude::*;

use crate::http::Desk;
use crate::ops::show_dashboard::show_dashboard;

/// GET /admin
pub(crate) async fn show(ctx: Ctx, desk: Desk) -> Result<View> {
    let dashboard = show_dashboard(&ctx).await?;
    let view = View::new("admin/dashboard.html")
        .with("figures", dashboard.figures)
        .with("charts", dashboard.charts)
        .with("lists", dashboard.lists);
    desk.page(&ctx, view).await
}
