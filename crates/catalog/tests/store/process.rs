//! The catalog as a process: its routes over HTTP, and its own figures on the scrape.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use shop::{
    messages::{Problem, Product, ProductList, ProductPage, Reservation, ReservationState, Stock},
    ports::Ports,
};
use stack::{Launch, Process, Ready};
use telemetry::db::Engine;

use crate::fixture::{self, Fresh, on_both_engines};

struct Running {
    public: String,
    admin: String,
    client: reqwest::Client,
    engine: Engine,
    process: Process,
    _folder: tempfile::TempDir,
    fresh: Fresh,
}

impl Running {
    async fn fresh(engine: Engine) -> Self {
        let fresh = Fresh::database(engine).await;
        let folder = tempfile::tempdir().expect("a folder");
        let doors = Ports::free().expect("free ports").catalog;
        let launch = Launch::new("catalog", env!("CARGO_BIN_EXE_catalog"), folder.path().join("catalog.log"))
            .env("DATABASE_URL", &fresh.url)
            .env("PUBLIC_ADDR", format!("127.0.0.1:{}", doors.public))
            .env("ADMIN_ADDR", format!("127.0.0.1:{}", doors.admin))
            .env("OTEL_SDK_DISABLED", "true");
        let mut process = launch.start().expect("starts");
        let admin = format!("http://127.0.0.1:{}", doors.admin);
        process.wait_ready(&Ready::Http(format!("{admin}/readyz")), Duration::from_secs(30)).await.expect("is ready");
        Self {
            public: format!("http://127.0.0.1:{}", doors.public),
            admin,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            engine,
            process,
            _folder: folder,
            fresh,
        }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.public)).send().await.expect("answers")
    }

    async fn scrape(&self) -> String {
        let scrape = self.client.get(format!("{}/metrics", self.admin)).send().await.expect("answers");
        scrape.text().await.expect("text")
    }

    async fn series(&self, series: &str) -> Option<f64> {
        let scrape = self.scrape().await;
        scrape.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until the slots of a list begin with these lines, and gives the rest of them.
    async fn slots(&self, metric: &str, first: &[&str]) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let scrape = self.scrape().await;
            let mut slots: Vec<String> =
                scrape.lines().filter_map(|line| Some(line.strip_prefix(metric)?.to_owned())).collect();
            assert_eq!(slots.len(), 20, "{slots:#?}");
            let rest = slots.extract_if(.., |slot| !first.contains(&slot.as_str())).collect();
            if slots.len() == first.len() {
                return rest;
            }
            assert!(Instant::now() < deadline, "of {metric} never {first:#?}, but {rest:#?}");
            tokio::task::yield_now().await;
        }
    }

    async fn name_of(&self, product: &str) -> String {
        self.get(&format!("/products/{product}")).await.json::<Product>().await.expect("a product").name
    }

    async fn sell(&self, order: &str, product: &str, quantity: u32) {
        let order = format!("{}/reservations/{order}", self.public);
        let wish = format!(r#"{{"lines":[{{"product":"{product}","quantity":{quantity}}}]}}"#);
        let put = self.client.put(&order).header("content-type", "application/json").body(wish);
        assert!(put.send().await.expect("answers").status().is_success());
        assert!(self.client.post(format!("{order}/commit")).send().await.expect("answers").status().is_success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Draining, of which these tests ask nothing, would wait for the requests that were given up.
        self.process.kill();
    }
}

on_both_engines! {
    async fn the_routes_speak_the_contract(catalog: Running) {
        let page: ProductPage = catalog.get("/products?category=music&limit=2").await.json().await.expect("a page");
        assert_eq!(page.items.len(), 2);
        let next = format!("/products?category=music&limit=2&cursor={}", page.next.expect("more follow"));
        let second: ProductPage = catalog.get(&next).await.json().await.expect("a page");
        assert!(second.items[0].id > page.items[1].id);
        let product: Product = catalog.get("/products/p-001").await.json().await.expect("a product");
        assert_eq!(product.id.as_str(), "p-001");
        let found: ProductList = catalog.get("/search?q=oak+tab").await.json().await.expect("products");
        assert_eq!(found.items.len(), 2);

        let order = format!("{}/reservations/o-1", catalog.public);
        let wish = r#"{"lines":[{"product":"p-052","quantity":5}]}"#;
        let put = catalog.client.put(&order).header("content-type", "application/json").body(wish);
        let held: Reservation = put.send().await.expect("answers").json().await.expect("a reservation");
        assert_eq!(held.state, ReservationState::Held);
        let sold = catalog.client.post(format!("{order}/commit")).send().await.expect("answers");
        assert_eq!(sold.json::<Reservation>().await.expect("a reservation").state, ReservationState::Committed);
        let left: Stock = catalog.get("/products/p-052/stock").await.json().await.expect("stock");
        assert_eq!((left.available, left.reserved), (0, 0));

        for (path, status, code) in [
            ("/products/p-999", 404, "product_not_found"),
            ("/products/NO", 400, "validation_error"),
            ("/products?cursor=p-001", 400, "invalid_cursor"),
            ("/products?limit=101", 400, "validation_error"),
            ("/products?category=weapons", 400, "validation_error"),
            ("/products?colour=red", 400, "validation_error"),
            ("/search?q=%22", 400, "validation_error"),
        ] {
            let refused = catalog.get(path).await;
            assert_eq!(refused.status().as_u16(), status, "{path}");
            assert_eq!(refused.json::<Problem>().await.expect("a problem").code, code, "{path}");
        }
    }

    async fn why_the_database_failed_is_for_the_log_alone(catalog: Running) {
        let mut connection = fixture::connect(&catalog.fresh.url).await;
        let table = if catalog.engine == Engine::Postgres { "catalog.products" } else { "products" };
        let rename = sqlx::AssertSqlSafe(format!("ALTER TABLE {table} RENAME TO gone"));
        sqlx::query(rename).execute(&mut connection).await.expect("renames");
        let refused = catalog.get("/products/p-001").await;
        assert_eq!(refused.status().as_u16(), 503);
        let body = refused.text().await.expect("a problem");
        let cause = if catalog.engine == Engine::Postgres { "does not exist" } else { "no such table: products" };
        assert!(body.contains("database_error") && !body.contains(cause), "{body}");
        let log = catalog.process.last_lines(20);
        assert!(log.iter().any(|line| line.contains("the database failed") && line.contains(cause)), "{log:#?}");
    }

    async fn what_it_does_is_on_its_scrape(catalog: Running) {
        catalog.get("/products/p-001").await;
        let engine = catalog.engine;
        let most = |pool: &str| format!("db_client_connection_max{{db_client_connection_pool_name=\"{pool}\"}}");
        let (write, read) = if engine == Engine::Sqlite { (1.0, 4.0) } else { (16.0, 0.0) };
        assert_eq!(catalog.series(&most("write")).await, Some(write));
        assert_eq!(catalog.series(&most("read")).await, Some(read));
        let pending = "db_client_connection_pending_requests{db_client_connection_pool_name=\"write\"}";
        assert_eq!(catalog.series(pending).await, Some(0.0));
        assert_eq!(catalog.series("product_views_total{category=\"books\"}").await, Some(1.0));
        let selects = "db_client_operation_duration_seconds_count{db_collection_name=\"products\",db_operation_name=\"SELECT\"}";
        assert!(catalog.series(selects).await.expect("is there") >= 2.0);

        let deadline = Instant::now() + Duration::from_secs(10);
        let out = "product_stock_products{category=\"games\",state=\"out\"}";
        while catalog.series(out).await != Some(1.0) {
            assert!(Instant::now() < deadline, "p-051, which is a game, is never counted as sold out");
            tokio::task::yield_now().await;
        }
    }

    async fn twenty_slots_show_what_sells_best_and_what_runs_out(catalog: Running) {
        let (sales, stock) = ("product_top_sales_units", "product_critical_stock_units");
        let empty = catalog.slots(sales, &[]).await;
        let expected: BTreeSet<String> = (1..=20).map(|slot| format!("{{slot=\"{slot}\"}} 0")).collect();
        assert_eq!(BTreeSet::from_iter(empty), expected);
        let out = r#"{product="p-051",product_name="Hidden Dominoes",slot="1"} 0"#;
        let low = r#"{product="p-052",product_name="Evergreen Seed Box",slot="2"} 5"#;
        let rest = catalog.slots(stock, &[out, low]).await;
        assert!(rest.iter().all(|slot| slot.starts_with("{slot=") && slot.ends_with("} 0")), "{rest:#?}");

        catalog.sell("o-1", "p-052", 5).await;
        catalog.slots(sales, &[r#"{product="p-052",product_name="Evergreen Seed Box",slot="1"} 5"#]).await;
        catalog.slots(stock, &[out, r#"{product="p-052",product_name="Evergreen Seed Box",slot="2"} 0"#]).await;
        // Another takes the first slot: what stood in it is there no more.
        catalog.sell("o-2", "p-049", 6).await;
        let second = r#"{product="p-052",product_name="Evergreen Seed Box",slot="2"} 5"#;
        let first = format!(r#"{{product="p-049",product_name="{}",slot="1"}} 6"#, catalog.name_of("p-049").await);
        let rest = catalog.slots(sales, &[&first, second]).await;
        assert!(rest.iter().all(|slot| slot.starts_with("{slot=")), "{rest:#?}");
    }
}
