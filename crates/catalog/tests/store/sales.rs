//! What was sold lately, and what runs out.

use catalog::Ranked;
use shop::{ids::OrderId, messages::Line};
use sqlx::AssertSqlSafe;
use telemetry::db::Engine;

use crate::{Shop, fixture, fixture::on_both_engines};

fn line(product: &str, quantity: u32) -> Line {
    Line { product: product.parse().expect("an id"), quantity }
}

async fn hold(shop: &Shop, lines: &[Line]) -> OrderId {
    let order = OrderId::new();
    shop.store.reserve(&order, lines).await.expect("holds");
    order
}

async fn sell(shop: &Shop, lines: &[Line]) -> OrderId {
    let order = hold(shop, lines).await;
    shop.store.commit(&order).await.expect("sells");
    order
}

fn told(ranked: &[Ranked]) -> Vec<(&str, i64)> {
    ranked.iter().map(|(product, number)| (product.id.as_str(), *number)).collect()
}

/// Lets so many hours pass for what was sold until now.
async fn age(shop: &Shop, hours: u32) {
    let table = if shop.engine == Engine::Postgres { "catalog.hourly_sales" } else { "hourly_sales" };
    let mut connection = fixture::connect(&shop.fresh.url).await;
    let statement = AssertSqlSafe(format!("UPDATE {table} SET hour = hour - {hours}"));
    sqlx::query(statement).execute(&mut connection).await.expect("ages");
}

on_both_engines! {
    async fn those_sell_best_of_which_most_units_are_sold(shop: Shop) {
        assert_eq!(shop.store.best_sellers().await.expect("counts"), []);
        sell(&shop, &[line("p-003", 2), line("p-001", 1)]).await;
        let twice = sell(&shop, &[line("p-001", 4)]).await;
        // What is asked for again is sold once; what is only held or was put back is not sold.
        shop.store.commit(&twice).await.expect("was sold already");
        hold(&shop, &[line("p-004", 50)]).await;
        let back = hold(&shop, &[line("p-004", 50)]).await;
        shop.store.release(&back).await.expect("releases");
        let best = shop.store.best_sellers().await.expect("counts");
        assert_eq!(told(&best), [("p-001", 5), ("p-003", 2)]);
        let called = shop.store.product(&"p-001".parse().expect("an id")).await.expect("is there").name;
        assert_eq!(best[0].0.name, called);
    }

    async fn sales_are_forgotten_when_nothing_looks_back_on_them(shop: Shop) {
        sell(&shop, &[line("p-001", 1), line("p-002", 1)]).await;
        assert_eq!(shop.store.forget_old_sales().await.expect("looks"), 0);
        age(&shop, 23).await;
        sell(&shop, &[line("p-003", 1)]).await;
        assert_eq!(shop.store.forget_old_sales().await.expect("looks"), 0);
        age(&shop, 1).await;
        assert_eq!(shop.store.forget_old_sales().await.expect("forgets"), 2);
        assert_eq!(told(&shop.store.best_sellers().await.expect("counts")), [("p-003", 1)]);
    }

    async fn what_was_sold_a_day_ago_sells_best_no_more(shop: Shop) {
        sell(&shop, &[line("p-001", 9)]).await;
        age(&shop, 2).await;
        sell(&shop, &[line("p-001", 1), line("p-002", 5)]).await;
        age(&shop, 20).await;
        assert_eq!(told(&shop.store.best_sellers().await.expect("counts")), [("p-001", 10), ("p-002", 5)]);
        age(&shop, 2).await;
        assert_eq!(told(&shop.store.best_sellers().await.expect("counts")), [("p-002", 5), ("p-001", 1)]);
        age(&shop, 2).await;
        assert_eq!(shop.store.best_sellers().await.expect("counts"), []);
    }

    async fn of_those_that_sold_as_much_the_first_twenty_have_a_slot(shop: Shop) {
        // No toys, which are every eighth product: another test counts how many of those are sold in the whole process.
        let sold: Vec<String> = (1..=28).filter(|n| n % 8 != 0).map(|n| format!("p-{n:03}")).collect();
        for product in sold.iter().rev() {
            sell(&shop, &[line(product, 3)]).await;
        }
        let best = shop.store.best_sellers().await.expect("counts");
        let expected = &sold[..20];
        assert_eq!(best.iter().map(|(product, _)| product.id.as_str()).collect::<Vec<_>>(), expected);
    }

    async fn what_runs_out_is_told_from_the_fewest_left_on(shop: Shop) {
        let critical = async || shop.store.critical().await.expect("counts");
        assert_eq!(told(&critical().await), [("p-051", 0), ("p-052", 5)]);
        // Eleven left are enough, ten are not; what is held cannot be had.
        hold(&shop, &[line("p-050", 39)]).await;
        assert_eq!(told(&critical().await), [("p-051", 0), ("p-052", 5)]);
        hold(&shop, &[line("p-050", 1)]).await;
        hold(&shop, &[line("p-052", 5)]).await;
        assert_eq!(told(&critical().await), [("p-051", 0), ("p-052", 0), ("p-050", 10)]);
    }
}
