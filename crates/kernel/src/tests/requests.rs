//! Requests from the `Host` header to the answer.

use std::sync::atomic::Ordering;

use axum::body::Body;
use hatchery_component::platform::Files;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::db::entity::idempotency;

use super::fixture::Shop;

both_databases!(
    a_repeated_request_is_answered_alike_and_done_once,
    an_answer_that_says_try_again_is_not_kept,
    a_request_that_a_crash_cut_off_runs_again,
);

#[tokio::test]
async fn a_page_is_rendered_in_the_language_of_the_visitor() {
    let shop = Shop::open().await;
    let answer = shop.get("/").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("content-language"), "en");
    assert_eq!(answer.text, "<html><body class=\"shelf\">Hello from Demo en</body></html>");

    let answer =
        shop.send("GET", "/", &[("accept-language", "zh-TW,zh;q=0.9")], Body::empty()).await;
    assert!(answer.text.contains("Demo欢迎你 zh-CN"), "{}", answer.text);

    let answer = shop.get("/?lang=zh-CN&a=1").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/?a=1"));
    assert!(
        answer.header("set-cookie").starts_with("lang=zh-CN; Path=/"),
        "{}",
        answer.header("set-cookie")
    );
    let answer = shop.send("GET", "/", &[("cookie", "lang=zh-CN")], Body::empty()).await;
    assert!(answer.text.contains("zh-CN"), "{}", answer.text);
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    let shop = Shop::open().await;
    let first = shop.get("/").await;
    let tag = first.header("etag");
    assert!(tag.starts_with("W/\""), "{tag}");
    let answer = shop.send("GET", "/", &[("if-none-match", tag)], Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (304, ""));
    let answer = shop.send("HEAD", "/", &[], Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn answers_carry_the_headers_that_protect_browsers() {
    let shop = Shop::open().await;
    let page = shop.get("/").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'self'; script-src 'self' 'nonce-"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "strict-origin-when-cross-origin");
    assert_eq!(page.header("strict-transport-security"), "");
    assert_eq!(page.header("x-request-id").len(), 36);
    let api = shop.get("/api/v1/store/things").await;
    assert_eq!(api.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn errors_are_problems_for_programs_and_pages_for_people() {
    let shop = Shop::open().await;
    let answer = shop.get("/api/v1/store/nothing").await;
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem["type"], "urn:problem:request.no_path");
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["request_id"], answer.header("x-request-id"));

    let answer = shop.send("POST", "/api/v1/store/things", &[], r#"{"name":"a","size":-1}"#).await;
    assert_eq!(answer.outcome(), "422 shelf.size");
    assert_eq!(answer.json()["fields"][0]["field"], "/size");

    let answer = shop.send("POST", "/api/v1/store/things", &[], r#"{"name":"#).await;
    assert_eq!(answer.outcome(), "400 request.invalid");
    let answer = shop.send("DELETE", "/api/v1/store/things", &[], "").await;
    assert_eq!(
        (answer.outcome().as_str(), answer.header("allow")),
        ("405 request.method", "GET, POST")
    );

    let answer = shop.get("/nothing").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.text, "<h1>404 request.no_path</h1><p>There is nothing at this address.</p>");
    let answer = shop.get("//evil.test/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (404, ""));
}

#[tokio::test]
async fn a_defect_fails_its_own_request_and_tells_nothing() {
    let shop = Shop::open().await;
    for path in ["/api/v1/store/panic", "/api/v1/store/broken"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.outcome(), "500 internal");
        assert!(
            !answer.text.contains("as told") && !answer.text.contains("secret"),
            "{}",
            answer.text
        );
    }
    for path in ["/panic", "/template-error"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status, 500);
        assert!(answer.text.starts_with("<h1>500 internal</h1>"), "{}", answer.text);
    }
    assert_eq!(shop.get("/").await.status, 200);
}

#[tokio::test]
async fn a_route_is_open_to_whom_it_says() {
    let shop = Shop::open().await;
    let check = |token: &'static str, expect: &'static str| {
        let shop = &shop;
        async move {
            let authorization = format!("Bearer {token}");
            let headers = [("authorization", authorization.as_str())];
            let headers = if token.is_empty() { &headers[..0] } else { &headers[..] };
            let answer =
                shop.send("GET", "/api/v1/admin/shelf/count", headers, Body::empty()).await;
            assert_eq!(answer.outcome(), expect, "{token}");
        }
    };
    check("", "401 auth.required").await;
    check("forged", "401 auth.token").await;
    check("nothing", "403 auth.denied").await;
    check("reader", "200").await;
    check("good", "200").await;
    let answer = shop.get("/staff?a=1").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/staff/login?next=%2Fstaff%3Fa%3D1")
    );
    let answer =
        shop.send("GET", "/staff", &[("authorization", "Bearer nothing")], Body::empty()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.starts_with("<h1>403 auth.denied</h1>"), "{}", answer.text);
}

#[tokio::test]
async fn a_session_tells_who_asks() {
    let shop = Shop::open().await;
    let answer =
        shop.send("POST", "/staff/login", &[("origin", "http://demo.localhost")], "").await;
    assert_eq!(answer.status, 303);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let answer = shop.send("GET", "/staff", &[("cookie", &cookie)], Body::empty()).await;
    assert_eq!(answer.text, format!("user:{}", super::fixture::SUBJECT));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_change_things() {
    let shop = Shop::open().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let send = |headers: Vec<(&'static str, &'static str)>| {
        let shop = &shop;
        async move { shop.send("POST", "/things", &headers, "name=pot").await.status.as_u16() }
    };
    assert_eq!(send(vec![form, ("origin", "https://evil.test")]).await, 403);
    assert_eq!(send(vec![form, ("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(shop.shelf.made.load(Ordering::SeqCst), 0);
    assert_eq!(send(vec![form, ("origin", "http://demo.localhost")]).await, 303);
    assert_eq!(send(vec![form, ("sec-fetch-site", "same-origin")]).await, 303);
    let hook = shop.send("POST", "/hook", &[("origin", "https://evil.test")], "").await;
    assert_eq!((hook.status.as_u16(), hook.text.as_str()), (200, "heard"));
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let shop = Shop::open().await;
    assert_eq!(shop.send("POST", "/small", &[], "x".repeat(10)).await.status, 200);
    assert_eq!(shop.send("POST", "/small", &[], "x".repeat(11)).await.status, 413);
    let large = format!(r#"{{"name":"{}","size":1}}"#, "x".repeat(1024 * 1024));
    let answer = shop.send("POST", "/api/v1/store/things", &[], large).await;
    assert_eq!(answer.outcome(), "413 request.too_large");
}

async fn a_repeated_request_is_answered_alike_and_done_once(shop: &Shop) {
    let send = |key: &'static str, body: &'static str| async move {
        shop.send("POST", "/api/v1/store/things", &[("idempotency-key", key)], body).await
    };
    let first = send("k-1", r#"{"name":"pot","size":1}"#).await;
    let second = send("k-1", r#"{"name":"pot","size":1}"#).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.text, second.text);
    assert_eq!(second.header("content-type"), "application/json");
    assert_eq!(
        (first.header("idempotency-replayed"), second.header("idempotency-replayed")),
        ("", "true")
    );
    assert_eq!(shop.shelf.made.load(Ordering::SeqCst), 1);

    let other = send("k-1", r#"{"name":"cup","size":1}"#).await;
    assert_eq!(other.outcome(), "422 idempotency.reused");
    assert_eq!(send("", r#"{"name":"cup","size":1}"#).await.outcome(), "422 idempotency.key");
    let wrong = send("k-2", r#"{"name":"cup","size":-1}"#).await;
    assert_eq!(
        (wrong.outcome(), send("k-2", r#"{"name":"cup","size":-1}"#).await.text),
        ("422 shelf.size".into(), wrong.text)
    );
    assert_eq!(shop.shelf.made.load(Ordering::SeqCst), 1);
}

async fn an_answer_that_says_try_again_is_not_kept(shop: &Shop) {
    let send = || {
        shop.send(
            "POST",
            "/api/v1/store/things",
            &[("idempotency-key", "k")],
            r#"{"name":"unlucky","size":1}"#,
        )
    };
    assert_eq!(send().await.outcome(), "503 shelf.away");
    assert_eq!(send().await.status, 201);
}

async fn a_request_that_a_crash_cut_off_runs_again(shop: &Shop) {
    let send = || {
        shop.send(
            "POST",
            "/api/v1/store/things",
            &[("idempotency-key", "k")],
            r#"{"name":"pot","size":1}"#,
        )
    };
    assert_eq!(send().await.status, 201);
    let ctx = shop.store.system_ctx("kernel".into(), None);
    ctx.transaction(|ctx| async move {
        let cut = idempotency::Entity::update_many()
            .col_expr(idempotency::Column::Status, Expr::value(None::<i32>))
            .exec(&ctx.db())
            .await?;
        assert_eq!(cut.rows_affected, 1);
        Ok(())
    })
    .await
    .unwrap();
    let again = send().await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, ""));
    assert_eq!(shop.shelf.made.load(Ordering::SeqCst), 2);
    assert_eq!(send().await.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_request_in_flight_is_not_run_twice_and_outlives_its_client() {
    let shop = Shop::open().await;
    let closed = shop.shelf.gate.clone().lock_owned().await;
    let (router, headers) = (shop.router.clone(), [("idempotency-key", "k")]);
    let body = r#"{"name":"slow","size":1}"#;
    let request = http::Request::post("/api/v1/store/things")
        .header("host", "demo.localhost")
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .body(Body::from(body))
        .unwrap();
    let client = tokio::spawn(tower::ServiceExt::oneshot(router, request));
    while shop.shelf.waiting.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let second = shop.send("POST", "/api/v1/store/things", &headers, body).await;
    assert_eq!(second.outcome(), "409 idempotency.in_flight");
    client.abort();
    drop(closed);
    let answer = loop {
        let answer = shop.send("POST", "/api/v1/store/things", &headers, body).await;
        if answer.status != 409 {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (201, "true"));
    assert_eq!(shop.shelf.made.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn slots_and_static_files_are_served() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/things/7").await.text, "<p>7</p><b>&lt;7&gt;</b>");
    let assembly = shop.store.assembly.load_full();
    let hash = assembly.views.asset("shelf/site.css").unwrap().hash;
    let answer = shop.get(&format!("/assets/{hash}/shelf/site.css")).await;
    assert_eq!(
        (answer.text.as_str(), answer.header("content-type")),
        ("body { color: black; }", "text/css; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(shop.get("/assets/0000/shelf/site.css").await.header("cache-control"), "no-cache");
    assert_eq!(shop.get("/assets/0000/shelf/none.css").await.status, 404);
    let answer = shop.get("/things/7/?a=1").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/things/7?a=1"));
}

#[tokio::test]
async fn health_and_metrics_are_there() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/health/live").await.text, "live\n");
    assert_eq!(shop.get("/health/ready").await.text, "ready\n");
    shop.get("/things/7").await;
    let metrics = shop.get("/metrics").await;
    let line = metrics
        .text
        .lines()
        .find(|line| line.starts_with("http_requests_total") && line.contains("/things/{id}"));
    assert!(line.is_some_and(|line| line.contains(r#"store="demo""#)), "{}", metrics.text);
    let latency =
        metrics.text.lines().find(|line| line.starts_with("http_request_duration_seconds"));
    assert!(latency.is_some_and(|line| !line.contains("store=")), "{}", metrics.text);
}

#[tokio::test]
async fn the_api_describes_itself() {
    let shop = Shop::open().await;
    let document = shop.get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let operation = &document["paths"]["/api/v1/store/things"]["post"];
    assert_eq!(operation["summary"], "Make a thing");
    assert_eq!(operation["tags"], json!(["shelf"]));
    assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object());
    assert_eq!(document["components"]["schemas"]["Thing"]["properties"]["size"]["type"], "integer");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["code"].is_object());
    let admin = &document["paths"]["/api/v1/admin/things/{id}"]["put"];
    assert_eq!(admin["x-permission"], "shelf.thing.write");
    assert!(document["paths"]["/api/v1/admin/things/actions/grow"]["post"].is_object());
    let page = shop.get("/api/docs").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("Make a thing") && page.text.contains("API of Demo"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn large_answers_are_compressed() {
    let shop = Shop::open().await;
    let request = http::Request::get("/api/openapi.json")
        .header("host", "demo.localhost")
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();
    let response = tower::ServiceExt::oneshot(shop.router.clone(), request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn only_our_proxies_are_believed() {
    let told = [("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.9")];
    let shop = Shop::open().await;
    let answer = shop.send("GET", "/metrics", &told, Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.header("strict-transport-security")), (200, ""));
    let shop = Shop::open_with("[http]\ntrusted_proxies = [\"127.0.0.0/8\"]\n").await;
    let answer = shop.send("GET", "/metrics", &told, Body::empty()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("strict-transport-security")),
        (404, "max-age=31536000")
    );
    assert_eq!(shop.get("/metrics").await.status, 200);
}

#[tokio::test]
async fn files_are_served_for_ever_and_run_nothing() {
    let shop = Shop::open().await;
    let ctx = shop.store.system_ctx("shelf".into(), None);
    let files = vec![
        ("image/svg+xml".to_owned(), b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("text/html".to_owned(), b"<script>".to_vec()),
    ];
    let kept = ctx
        .transaction(|ctx| async move { ctx.get::<dyn Files>()?.put(&ctx, files).await })
        .await
        .unwrap();
    let picture = shop.get(&format!("/files/{}", kept[0].hash)).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/svg+xml"));
    assert!(picture.header("content-security-policy").ends_with("sandbox"));
    assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
    let page = shop.get(&format!("/files/{}", kept[1].hash)).await;
    assert_eq!(page.header("content-disposition"), "attachment");
    assert_eq!(shop.get(&format!("/files/{}", "0".repeat(64))).await.status, 404);
    assert_eq!(shop.get("/files/..%2Fkey").await.status, 404);
}

#[tokio::test]
async fn running_requests_finish_before_the_host_stops() {
    let shop = Shop::open().await;
    let closed = shop.shelf.gate.clone().lock_owned().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(crate::http::serve(shop.kernel.clone(), listener, async {
        let _ = stopped.await;
    }));
    let mut client = TcpStream::connect(address).await.unwrap();
    let body = r#"{"name":"slow","size":1}"#;
    let request = format!(
        "POST /api/v1/store/things HTTP/1.1\r\nhost: demo.localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    client.write_all(request.as_bytes()).await.unwrap();
    while shop.shelf.waiting.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    drop(closed);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
