//! What the bank can do, one use case per file, and how the client reads its news.

pub(crate) mod answer_challenge;
pub(crate) mod bank;
pub(crate) mod begin_payment;
pub(crate) mod capture_payment;
pub(crate) mod create_token;
pub(crate) mod decide_payment;
pub(crate) mod deliver_news;
pub(crate) mod enter_card;
pub(crate) mod read_news;
pub(crate) mod refund_payment;
pub(crate) mod void_payment;
