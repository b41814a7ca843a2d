//! Staff: signing in and out, roles, tokens, and that nobody else gets behind the counter.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use hatchery_testkit::{Answer, TestClient, TestStore, TestStoreOptions, for_each_database};
use serde_json::{Value, json};

use crate::scene::{each, problem};

const SESSION: &str = "/api/v1/admin/session";
const USERS: &str = "/api/v1/admin/users";
const ROLES: &str = "/api/v1/admin/roles";
const TOKENS: &str = "/api/v1/admin/api-tokens";

/// A user with a role: id and password.
async fn user(store: &TestStore, email: &str, role: &str) -> (String, String) {
    let input = json!({ "email": email, "name": email, "role": role });
    let made = store.run_task("identity.create_user", input).await;
    (made["id"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
}

async fn sign_in(client: &TestClient, email: &str, password: &str) -> Answer {
    client.post(SESSION, &json!({ "email": email, "password": password })).await
}

async fn signed_in(store: &TestStore, email: &str, password: &str) -> TestClient {
    let client = store.http();
    let answer = sign_in(&client, email, password).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    client
}

/// A client with a token of a user, made by staff.
async fn token(store: &TestStore, staff: &TestClient, body: Value) -> (String, TestClient) {
    let made = staff.post(TOKENS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let bearer = format!("Bearer {}", made["data"]["token"].as_str().unwrap());
    (made["id"].as_str().unwrap().to_owned(), store.http().with_header("authorization", &bearer))
}

async fn act(staff: &TestClient, resource: &str, action: &str, id: &str) -> Answer {
    staff.post(&format!("{resource}/actions/{action}"), &json!({ "ids": [id] })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sign_in_and_out() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity"]).await;
        let (id, password) = user(&store, "Ada@Example.org", "owner").await;
        let client = store.http();
        assert_eq!(problem(&client.get(SESSION).await), (401, "auth.required".into()));
        let wrong = sign_in(&client, "ada@example.org", "wrong").await;
        let unknown = sign_in(&client, "eve@example.org", "wrong").await;
        for refused in [&wrong, &unknown] {
            assert_eq!(problem(refused), (401, "identity.wrong_credentials".into()));
            assert_eq!(refused.header("set-cookie"), "");
        }
        assert_eq!(wrong.json()["detail"], unknown.json()["detail"], "it does not tell who exists");
        let signed = sign_in(&client, " ADA@example.org ", &password).await;
        assert_eq!((signed.status.as_u16(), signed.text()), (204, String::new()));
        let cookie = signed.header("set-cookie").to_owned();
        for attribute in ["HttpOnly", "SameSite=", "Path=/"] {
            assert!(cookie.contains(attribute), "{attribute} in {cookie}");
        }
        let me = client.get(SESSION).await.json();
        assert_eq!(me, json!({ "id": id, "name": "Ada@Example.org", "permissions": ["*"] }));
        let elsewhere =
            client.json_with("DELETE".parse().unwrap(), SESSION, &Value::Null, &[("x", "y")]);
        assert_eq!(elsewhere.await.status, 204);
        assert_eq!(client.get(SESSION).await.status, 401);
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let thief = store.http().with_header("cookie", &format!("{name}={value}"));
        assert_eq!(
            thief.get(SESSION).await.status,
            401,
            "the session is over, not only its cookie"
        );
        for body in [json!({}), json!({ "email": "a@b.c" }), json!({ "email": 1, "password": "x" })]
        {
            assert_eq!(client.post(SESSION, &body).await.status, 422, "{body}");
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_by_account_and_by_address() {
    for_each_database(|database| async move {
        let settings = [
            ("HATCHERY__IDENTITY__MAX_FAILURES_PER_ACCOUNT", "3"),
            ("HATCHERY__IDENTITY__MAX_FAILURES_PER_ADDRESS", "6"),
        ];
        let store = TestStore::with(TestStoreOptions {
            components: Some(vec!["identity".into()]),
            database,
            settings: settings.map(|(name, value)| (name.into(), value.into())).to_vec(),
            ..TestStoreOptions::default()
        })
        .await;
        let (_, ada) = user(&store, "ada@example.org", "owner").await;
        let (_, eve) = user(&store, "eve@example.org", "owner").await;
        let client = store.http();
        let fail = |email: &'static str| {
            let client = &client;
            async move { sign_in(client, email, "wrong").await.status.as_u16() }
        };
        // A success forgets the failures of the account.
        assert_eq!((fail("ada@example.org").await, fail("ada@example.org").await), (401, 401));
        assert_eq!(sign_in(&client, "ada@example.org", &ada).await.status, 204);
        for _ in 0..3 {
            assert_eq!(fail("ada@example.org").await, 401);
        }
        let waits = sign_in(&client, "ADA@example.org", &ada).await;
        assert_eq!(waits.status, 429, "not even with the password");
        assert!(waits.header("retry-after").parse::<u64>().unwrap() > 0, "{:?}", waits.headers);
        assert_eq!(sign_in(&client, "eve@example.org", &eve).await.status, 204, "others may");
        // Five failures came from this address; the sixth is anybody's.
        assert_eq!(fail("nobody@example.org").await, 401);
        assert_eq!(sign_in(&client, "eve@example.org", &eve).await.status, 429);
        store.clock.advance(TimeDelta::seconds(901));
        for (email, password) in [("ada@example.org", &ada), ("eve@example.org", &eve)] {
            assert_eq!(
                sign_in(&client, email, password).await.status,
                204,
                "the window has passed"
            );
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_keep_users_and_roles() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity", "pricing"]).await;
        let (owner_id, password) = user(&store, "ada@example.org", "owner").await;
        let owner = signed_in(&store, "ada@example.org", &password).await;
        let clerk = json!({ "name": "clerk", "permissions": ["pricing.price.read"] });
        assert_eq!(owner.post(ROLES, &clerk).await.status, 201);
        for (role, status, code) in [
            (json!({ "name": "Big Boss", "permissions": [] }), 422, "identity.role_invalid"),
            (json!({ "name": "owner", "permissions": [] }), 409, "identity.owner_role"),
        ] {
            assert_eq!(problem(&owner.post(ROLES, &role).await), (status, code.into()));
        }
        let made = owner.post(USERS, &json!({ "email": "Bob@example.org", "role": "clerk" })).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let one_time = made["data"]["one_time_password"].as_str().unwrap().to_owned();
        let bob_path = format!("{USERS}/{}", made["id"].as_str().unwrap());
        let shown = owner.get(&bob_path).await.json();
        let expected = json!({
            "email": "bob@example.org",
            "name": "bob@example.org",
            "role": "clerk",
            "locked": false,
            "created_at": "2026-01-05T10:00:00Z",
        });
        assert_eq!(shown["data"], expected, "the password was shown once");
        for (body, status, code) in [
            (json!({ "email": "BOB@example.org", "role": "clerk" }), 409, "identity.email_taken"),
            (json!({ "email": "eve", "role": "clerk" }), 422, "identity.email_invalid"),
            (json!({ "email": "eve@example.org", "role": "pirate" }), 422, "identity.role_unknown"),
        ] {
            assert_eq!(problem(&owner.post(USERS, &body).await), (status, code.into()), "{body}");
        }

        // A role is what it is now, not what it was at the sign-in.
        let bob = signed_in(&store, "bob@example.org", &one_time).await;
        let prices = "/api/v1/admin/prices";
        assert_eq!(bob.get(prices).await.status, 200);
        assert_eq!(problem(&bob.get(USERS).await), (403, "auth.denied".into()));
        let price = json!({ "sku": "A", "price": "1" });
        assert_eq!(bob.post(prices, &price).await.status, 403);
        let more = json!({ "name": "clerk", "permissions": ["pricing.*"] });
        assert_eq!(owner.put(&format!("{ROLES}/clerk"), &more).await.status, 200);
        assert_eq!(bob.post(prices, &price).await.status, 201);

        let id = made["id"].as_str().unwrap();
        assert_eq!(act(&owner, USERS, "lock", id).await.status, 200);
        assert_eq!(bob.get(prices).await.status, 401, "a locked user's session ends");
        assert_eq!(sign_in(&bob, "bob@example.org", &one_time).await.status, 401);
        assert_eq!(act(&owner, USERS, "unlock", id).await.status, 200);
        let bob = signed_in(&store, "bob@example.org", &one_time).await;
        let reset = act(&owner, USERS, "reset-password", id).await.json();
        assert_eq!(bob.get(prices).await.status, 401, "a new password ends sessions");
        let new = reset["result"]["passwords"][0]["one_time_password"].as_str().unwrap();
        assert_eq!(sign_in(&bob, "bob@example.org", &one_time).await.status, 401);
        assert_eq!(sign_in(&bob, "bob@example.org", new).await.status, 204);

        let last = act(&owner, USERS, "lock", &owner_id).await;
        assert_eq!(problem(&last), (409, "identity.last_owner".into()));
        let less = json!({ "email": "ada@example.org", "role": "clerk" });
        let last = owner.put(&format!("{USERS}/{owner_id}"), &less).await;
        assert_eq!(problem(&last), (409, "identity.last_owner".into()));
        store.close().await;
    })
    .await;
}

/// A new link for an address: its path.
async fn invite(store: &TestStore, email: &str) -> String {
    let made = store.run_task("identity.invite", json!({ "email": email, "name": "Ada" })).await;
    made["path"].as_str().unwrap().to_owned()
}

/// Chooses a password with a link.
async fn choose(client: &TestClient, link: &str, password: &str, repeated: &str) -> Answer {
    client.form(link, &[("password", password), ("repeated", repeated)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_link_lets_its_owner_choose_the_password_once() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity", "admin"]).await;
        let input = json!({ "email": "Ada@Example.org", "name": "Ada" });
        let made = store.run_task("identity.invite", input).await;
        assert_eq!(made["expires_at"], "2026-01-12T10:00:00Z");
        let link = made["path"].as_str().unwrap();
        let token = link.strip_prefix("/admin/welcome/").unwrap();
        assert_eq!(token.len(), 43, "32 bytes as base64url: {token}");
        // Nobody signs in before the link is used.
        let guest = store.http();
        assert_eq!(sign_in(&guest, "ada@example.org", "").await.status, 401);

        let page = guest.get(link).await;
        assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
        assert!(page.text().contains("ada@example.org"), "{}", page.text());
        assert!(page.text().contains("Hello Ada. Choose"), "{}", page.text());
        let chinese = store.http();
        chinese.get(&format!("{link}?lang=zh-CN")).await;
        let page = chinese.get(link).await;
        assert!(page.text().contains("再次输入新密码"), "{}", page.text());
        let different = choose(&guest, link, "correct horse", "correct house").await;
        assert_eq!(different.status, 422);
        assert!(different.text().contains("not the same"), "{}", different.text());
        let short = choose(&guest, link, "123456789", "123456789").await;
        assert_eq!(short.status, 422);
        assert!(short.text().contains("at least 10 characters"), "{}", short.text());

        let chosen = choose(&guest, link, "correct horse", "correct horse").await;
        assert_eq!((chosen.status.as_u16(), chosen.header("location")), (303, "/admin"));
        let me = guest.get(SESSION).await.json();
        assert_eq!((&me["name"], &me["permissions"]), (&json!("Ada"), &json!(["*"])));
        let again = store.http();
        assert_eq!(again.get(link).await.status, 404);
        let used = choose(&again, link, "another horse", "another horse").await;
        assert_eq!((used.status.as_u16(), used.header("set-cookie")), (404, ""));
        assert!(used.text().contains("not good any more"), "{}", used.text());
        assert_eq!(sign_in(&again, "ada@example.org", "another horse").await.status, 401);
        assert_eq!(sign_in(&again, "ada@example.org", "correct horse").await.status, 204);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_its_time_with_a_newer_one_and_with_its_owner() {
    for_each_database(|database| async move {
        let store = TestStore::with(TestStoreOptions {
            components: Some(vec!["identity".into(), "admin".into()]),
            database,
            settings: vec![("HATCHERY__IDENTITY__INVITATION_DAYS".into(), "2".into())],
            ..TestStoreOptions::default()
        })
        .await;
        let guest = store.http();
        let is_good = |link: String| {
            let guest = &guest;
            async move { guest.get(&link).await.status == 200 }
        };
        let late = invite(&store, "ada@example.org").await;
        store.clock.advance(TimeDelta::hours(48) - TimeDelta::seconds(1));
        assert!(is_good(late.clone()).await);
        store.clock.advance(TimeDelta::seconds(1));
        assert!(!is_good(late.clone()).await, "two days have passed");
        assert_eq!(choose(&guest, &late, "correct horse", "correct horse").await.status, 404);

        let older = invite(&store, "ada@example.org").await;
        let newer = invite(&store, "ada@example.org").await;
        assert!(!is_good(older).await && is_good(newer.clone()).await);
        let there = store.http();
        assert_eq!(choose(&there, &newer, "correct horse", "correct horse").await.status, 303);
        assert_eq!(there.get(SESSION).await.status, 200);

        // Staff make a link for who forgot the password; until it is used, nothing changes.
        let owner = store.login_staff().await;
        let users = owner.get(&format!("{USERS}?filter=email+%3D+ada@example.org")).await.json();
        let id = users["items"][0]["id"].as_str().unwrap();
        let made = act(&owner, USERS, "new-link", id).await.json();
        let link = &made["result"]["links"][0];
        assert_eq!(
            (&link["id"], &link["expires_at"]),
            (&json!(id), &json!("2026-01-09T10:00:00Z"))
        );
        let url = link["one_time_link"].as_str().unwrap();
        let link = url.strip_prefix(&store.ctx().store().base_url).unwrap().to_owned();
        assert_eq!(there.get(SESSION).await.status, 200);
        let here = store.http();
        assert_eq!(choose(&here, &link, "a better horse", "a better horse").await.status, 303);
        assert_eq!(there.get(SESSION).await.status, 401, "a new password ends other sessions");
        assert_eq!(here.get(SESSION).await.status, 200);

        let unused = invite(&store, "ada@example.org").await;
        let change = json!({ "current_password": "a better horse", "new_password": "1234567890" });
        assert_eq!(here.put("/api/v1/admin/password", &change).await.status, 204);
        assert!(!is_good(unused).await, "the password was changed in another way");
        let unused = invite(&store, "ada@example.org").await;
        assert_eq!(act(&owner, USERS, "lock", id).await.status, 200);
        assert!(!is_good(unused.clone()).await);
        let locked = act(&owner, USERS, "new-link", id).await;
        assert_eq!(problem(&locked), (409, "identity.user_locked".into()));
        assert_eq!(act(&owner, USERS, "unlock", id).await.status, 200);
        assert!(!is_good(unused).await, "a lock forgets links");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_a_link_at_once_one_comes_in() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity", "admin"]).await;
        let link = invite(&store, "ada@example.org").await;
        let (one, other) = (store.http(), store.http());
        let (first, second) = tokio::join!(
            choose(&one, &link, "the first horse", "the first horse"),
            choose(&other, &link, "the second horse", "the second horse"),
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404], "{} {}", first.text(), second.text());
        let winner = if first.status == 303 { "the first horse" } else { "the second horse" };
        for password in ["the first horse", "the second horse"] {
            let expected = if password == winner { 204 } else { 401 };
            let answer = sign_in(&store.http(), "ada@example.org", password).await;
            assert_eq!(answer.status, expected, "{password}");
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_links_is_slowed_down() {
    let store = TestStore::with(TestStoreOptions {
        components: Some(vec!["identity".into(), "admin".into()]),
        settings: vec![("HATCHERY__IDENTITY__MAX_FAILURES_PER_ADDRESS".into(), "3".into())],
        ..TestStoreOptions::default()
    })
    .await;
    let link = invite(&store, "ada@example.org").await;
    let guest = store.http();
    for guess in ["a", "b"] {
        assert_eq!(guest.get(&format!("/admin/welcome/{guess}")).await.status, 404);
    }
    assert_eq!(choose(&guest, "/admin/welcome/c", "1234567890", "1234567890").await.status, 404);
    let waits = guest.get(&link).await;
    assert_eq!(waits.status, 429, "not even with a good link");
    assert!(waits.text().contains("Too many failed attempts"), "{}", waits.text());
    assert_eq!(choose(&guest, &link, "1234567890", "1234567890").await.status, 429);
    store.clock.advance(TimeDelta::seconds(901));
    assert_eq!(guest.get(&link).await.status, 200);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_task_tells_once_is_not_written_down() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity"]).await;
        let (_, password) = user(&store, "ada@example.org", "owner").await;
        let actor = hatchery_component::Actor::System { caused_by: None };
        let mut ids = Vec::new();
        for (task, told) in [("identity.create_user", "password"), ("identity.invite", "path")] {
            let input = json!({ "email": "eve@example.org" });
            let mut run = store.store.start_task(task, input, actor.clone()).await.unwrap();
            let run = run.wait_for(|run| run.state != "running").await.unwrap().clone();
            assert!(run.result.unwrap()[told].is_string(), "{task}");
            ids.push(run.id);
        }
        let store = store.restart().await;
        let owner = signed_in(&store, "ada@example.org", &password).await;
        for id in ids {
            let run = owner.get(&format!("/api/v1/admin/tasks/{id}")).await.json();
            assert_eq!((&run["state"], &run["result"]), (&json!("done"), &Value::Null), "{run}");
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_all_other_sessions() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity"]).await;
        let (_, password) = user(&store, "ada@example.org", "owner").await;
        let here = signed_in(&store, "ada@example.org", &password).await;
        let there = signed_in(&store, "ada@example.org", &password).await;
        let change = |current: &str, new: &str| {
            let body = json!({ "current_password": current, "new_password": new });
            let here = &here;
            async move { here.put("/api/v1/admin/password", &body).await }
        };
        let short = change(&password, "123456789").await;
        assert_eq!(problem(&short), (422, "identity.password_short".into()));
        let wrong = change("wrong", "1234567890").await;
        assert_eq!(problem(&wrong), (401, "identity.wrong_credentials".into()));
        assert_eq!(there.get(SESSION).await.status, 200);
        assert_eq!(change(&password, "1234567890").await.status, 204);
        assert_eq!(
            (here.get(SESSION).await.status, there.get(SESSION).await.status),
            (200.try_into().unwrap(), 401.try_into().unwrap())
        );
        assert_eq!(sign_in(&there, "ada@example.org", &password).await.status, 401);
        assert_eq!(sign_in(&there, "ada@example.org", "1234567890").await.status, 204);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_good_until_they_expire_or_are_withdrawn() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["identity"]).await;
        let (id, password) = user(&store, "ada@example.org", "owner").await;
        let owner = signed_in(&store, "ada@example.org", &password).await;
        let (one, forever) = token(&store, &owner, json!({ "name": "till" })).await;
        let until = "2026-01-06T10:00:00Z";
        let (two, limited) =
            token(&store, &owner, json!({ "name": "day", "expires_at": until })).await;
        for client in [&forever, &limited] {
            assert_eq!(client.get(SESSION).await.json()["id"], json!(id));
        }
        let listed = owner.get(&format!("{TOKENS}?sort=name")).await;
        let data = |name: &str, expires: Value| {
            json!({
                "name": name, "user_id": id, "created_at": "2026-01-05T10:00:00Z",
                "expires_at": expires, "revoked": false,
            })
        };
        let expected = [data("day", json!(until)), data("till", Value::Null)];
        assert_eq!(each(&listed.json(), "data"), expected, "a token is shown once");
        assert_eq!(each(&listed.json(), "id"), [json!(two), json!(one)]);
        let fixed = owner.put(&format!("{TOKENS}/{one}"), &json!({ "name": "x" })).await;
        assert_eq!(problem(&fixed), (409, "identity.token_fixed".into()));

        store.clock.advance(TimeDelta::hours(25));
        assert_eq!(problem(&limited.get(SESSION).await), (401, "auth.token".into()));
        assert_eq!(forever.get(SESSION).await.status, 200);
        assert_eq!(
            act(&forever, TOKENS, "revoke", &one).await.json()["result"],
            json!({ "changed": 1 })
        );
        assert_eq!(forever.get(SESSION).await.status, 401);
        let made_up = store.http().with_header("authorization", "Bearer made-up");
        assert_eq!(problem(&made_up.get(USERS).await), (401, "auth.token".into()));
        // A token of somebody who is locked out opens nothing.
        let (_, again) = token(
            &store,
            &signed_in(&store, "ada@example.org", &password).await,
            json!({ "name": "z" }),
        )
        .await;
        let (_, other) = user(&store, "eve@example.org", "owner").await;
        let eve = signed_in(&store, "eve@example.org", &other).await;
        assert_eq!(act(&eve, USERS, "lock", &id).await.status, 200);
        assert_eq!(again.get(USERS).await.status, 401);
        store.close().await;
    })
    .await;
}

/// Method, path with something for its parameters, and permission of every address of the back office, from
/// what the components declare and from the description of the API.
async fn back_office(
    store: &TestStore,
    client: &TestClient,
) -> BTreeMap<(String, String), Option<String>> {
    let mut found = BTreeMap::new();
    let filled = |path: &str| {
        let path = path.replace("{resource}", "products").replace("{component}", "catalog");
        let path = path.replace("{action}", "archive");
        let something = "01900000-0000-7000-8000-00000000ffff";
        let parts: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { something } else { part })
            .collect();
        parts.join("/")
    };
    let assembly = store.store.assembly.load_full();
    for active in assembly.components.values() {
        for route in &active.declaration.routes {
            let is_ours = ["/admin", "/api/v1/admin"]
                .iter()
                .any(|begin| route.path == *begin || route.path.starts_with(&format!("{begin}/")));
            if is_ours {
                let permission = match route.access {
                    hatchery_component::Access::Staff(permission) => Some(permission.to_owned()),
                    _ => None,
                };
                found.insert((route.method.to_string(), filled(&route.path)), permission);
            }
        }
    }
    let document = client.get("/api/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let permission = operation["x-permission"].as_str();
            if path.starts_with("/api/v1/admin/") || permission.is_some() {
                let permission = permission.map(str::to_owned);
                found.insert((method.to_uppercase(), filled(path)), permission);
            }
        }
    }
    found
}

/// A request that is understood, so that who asks is all that can be wrong with it.
async fn knock(client: &TestClient, method: &str, path: &str) -> Answer {
    let body = if path.contains("/actions/") {
        json!({ "ids": ["x"] })
    } else if path.ends_with("/password") {
        json!({ "current_password": "wrong", "new_password": "1234567890" })
    } else {
        json!({})
    };
    client.json_with(method.parse().unwrap(), path, &body, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_of_the_back_office_is_open_to_strangers() {
    let store = TestStore::with(TestStoreOptions::default()).await;
    let owner = store.login_staff().await;
    let addresses = back_office(&store, &owner).await;
    assert!(addresses.len() > 80, "{} addresses", addresses.len());
    // Whoever is not signed in may sign in, and leave.
    let open = BTreeSet::from([
        ("POST", "/api/v1/admin/session", 422),
        ("DELETE", "/api/v1/admin/session", 204),
        ("GET", "/admin/login", 200),
        ("POST", "/admin/login", 422),
        ("POST", "/admin/logout", 303),
        ("GET", "/admin/welcome/01900000-0000-7000-8000-00000000ffff", 404),
        ("POST", "/admin/welcome/01900000-0000-7000-8000-00000000ffff", 422),
    ]);
    for (method, path) in addresses.keys() {
        let expected = open.iter().find(|(m, p, _)| m == method && p == path);
        let stranger = store.http();
        let answer = if path.starts_with("/admin") && method == "POST" {
            stranger.form(path, &[("name", "x")]).await
        } else {
            knock(&stranger, method, path).await
        };
        let what = format!("{method} {path}: {} {}", answer.status, answer.text());
        match expected {
            Some((.., status)) => assert_eq!(answer.status, *status, "{what}"),
            None if path.starts_with("/admin") && method == "GET" => {
                assert_eq!(answer.status, 303, "{what}");
                assert!(answer.header("location").starts_with("/admin/login"), "{what}");
            }
            None => assert_eq!(answer.status, 401, "{what}"),
        }
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_permission_is_asked_for_and_is_enough() {
    let store = TestStore::with(TestStoreOptions::default()).await;
    let owner = store.login_staff().await;
    let addresses = back_office(&store, &owner).await;
    let all: BTreeSet<String> = store
        .kernel
        .known()
        .iter()
        .flat_map(|(_, known)| known.manifest.permissions.iter().cloned())
        .collect();
    let role = |permissions: BTreeSet<String>| {
        let owner = &owner;
        async move {
            let body = json!({ "name": "tester", "permissions": permissions });
            let saved = owner.put(&format!("{ROLES}/tester"), &body).await;
            assert!(saved.status.is_success(), "{}", saved.text());
        }
    };
    let made = owner.post(ROLES, &json!({ "name": "tester", "permissions": [] })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (_, password) = user(&store, "tester@example.org", "tester").await;
    let tester = signed_in(&store, "tester@example.org", &password).await;
    let mut tried = BTreeSet::new();
    for permission in addresses.values().flatten().collect::<BTreeSet<_>>() {
        assert!(all.contains(permission), "{permission} is no component's");
        let of_it = || addresses.iter().filter(|(_, asked)| asked.as_ref() == Some(permission));
        role(all.iter().filter(|it| *it != permission).cloned().collect()).await;
        for ((method, path), _) in of_it() {
            let refused = knock(&tester, method, path).await;
            assert_eq!(
                refused.status,
                403,
                "{method} {path} without {permission}: {}",
                refused.text()
            );
        }
        // Whoever changes something reads it first.
        let read = permission.replace(".write", ".read");
        role(BTreeSet::from([permission.clone(), read])).await;
        for ((method, path), _) in of_it() {
            let answer = knock(&tester, method, path).await;
            let refused = [401, 403].contains(&answer.status.as_u16());
            assert!(!refused, "{method} {path} with {permission}: {}", answer.text());
            assert!(answer.status.as_u16() < 500, "{method} {path}: {}", answer.text());
        }
        tried.insert(permission.clone());
    }
    assert!(tried.len() > 20, "{tried:?}");
    store.close().await;
}
