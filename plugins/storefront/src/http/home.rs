//! `/`

use hatchery_sdk::prelude::*;

use crate::http::{Visit, settings};
use crate::ops::show_home::show_home;

/// GET /
pub(crate) async fn show(ctx: Ctx, visit: Visit) -> Result<View> {
    let home = show_home(&ctx, settings(&ctx)?.as_ref()).await?;
    let view = View::new("storefront/home.html")
        .with("hero", home.hero)
        .with("featured", home.featured)
        .with("specials", home.specials)
        .with("popular", home.popular)
        .with("categories", home.categories)
        .slot("home.after", ["home".to_owned()]);
    visit.page(&ctx, view).await
}
