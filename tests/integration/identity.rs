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
    for (_, known) in store.kernel.known().iter() {
        for route in &known.declaration.routes {
            let is_ours = ["/admin", "/api/v1/admin", "/api/v1/mother", "/mother"]
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
