//! Lists, searches and figures.

use catalog::{Error, Filter};
use shop::{
    ids::ProductId,
    messages::{Category, Product},
    signals::catalog::StockState,
};

use crate::{Shop, fixture::on_both_engines};

fn id(text: &str) -> ProductId {
    text.parse().expect("an id")
}

fn ids(products: &[Product]) -> Vec<&str> {
    products.iter().map(|product| product.id.as_str()).collect()
}

async fn all(shop: &Shop, mut filter: Filter) -> Vec<Product> {
    let mut all = Vec::new();
    loop {
        let page = shop.store.list(&filter).await.expect("lists");
        assert!(page.items.len() <= filter.limit.unwrap_or(20) as usize);
        all.extend(page.items);
        match page.next {
            Some(next) => filter.cursor = Some(next),
            None => return all,
        }
    }
}

on_both_engines! {
    async fn paging_visits_every_product_once(shop: Shop) {
        let expected: Vec<String> = (1..=208).map(|n| format!("p-{n:03}")).collect();
        for limit in [7, 26, 100] {
            let listed = all(&shop, Filter { limit: Some(limit), ..Filter::default() }).await;
            assert_eq!(ids(&listed), expected, "pages of {limit}");
        }
        for category in Category::ALL {
            // 26 is a multiple of 13: the last page is full, and none may follow it.
            let filter = Filter { limit: Some(13), category: Some(*category), ..Filter::default() };
            let listed = all(&shop, filter).await;
            assert_eq!(listed.len(), 26);
            assert!(listed.iter().all(|product| product.category == *category));
        }
    }

    async fn filters_hold_together(shop: Shop) {
        let filter = Filter { min_price: Some(2_000), max_price: Some(4_999), in_stock: true, ..Filter::default() };
        let listed = all(&shop, filter).await;
        assert!(!listed.is_empty());
        assert!(listed.iter().all(|product| (2_000..=4_999).contains(&product.price.amount) && product.available > 0));
        let in_stock = all(&shop, Filter { in_stock: true, ..Filter::default() }).await;
        assert_eq!(in_stock.len(), 207);
        assert!(!ids(&in_stock).contains(&"p-051"));
    }

    async fn limits_and_cursors_that_cannot_be_are_refused(shop: Shop) {
        for limit in [0, 101] {
            let refused = shop.store.list(&Filter { limit: Some(limit), ..Filter::default() }).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{limit}");
        }
        let refused = shop.store.list(&Filter { cursor: Some("p-020".to_owned()), ..Filter::default() }).await;
        assert!(matches!(refused, Err(Error::InvalidCursor)));
    }

    async fn one_product_is_found_by_its_id(shop: Shop) {
        let product = shop.store.product(&id("p-052")).await.expect("is there");
        assert_eq!((product.id.as_str(), product.available), ("p-052", 5));
        assert!(matches!(shop.store.product(&id("p-999")).await, Err(Error::ProductNotFound(_))));
        assert!(matches!(shop.store.stock(&id("p-999")).await, Err(Error::ProductNotFound(_))));
    }

    async fn every_category_is_listed_with_its_products(shop: Shop) {
        let categories = shop.store.categories().await.expect("lists").items;
        assert_eq!(categories.len(), Category::ALL.len());
        assert!(categories.iter().all(|count| count.products == 26));
    }

    async fn a_shop_is_filled_once(shop: Shop) {
        assert_eq!(shop.store.fill().await.expect("looks"), 0);
        assert_eq!(all(&shop, Filter { limit: Some(100), ..Filter::default() }).await.len(), 208);
    }

    async fn a_search_finds_what_has_every_word(shop: Shop) {
        let found = async |q: &str| shop.store.search(q, Some(100)).await.expect("searches").items;
        let names = |products: &[Product]| products.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found("oak table").await), ["Oak Table", "Oak Table, Set of Two"]);
        assert_eq!(names(&found("TABLE, oak!").await).len(), 2);
        assert_eq!(found("oak guitar").await, []);
        assert_eq!(names(&found("acoustic guit").await).len(), 2, "the last word may be half typed");
        assert_eq!(found("acous guitar").await, [], "but no other");
        assert!(found("linen").await[0].name.contains("Linen"), "a name counts more than a description");
        assert_eq!(shop.store.search("the", Some(1)).await.expect("searches").items.len(), 1);
    }

    async fn no_search_can_break_the_database(shop: Shop) {
        let hostile = [
            "\"", "'", "oak\"", "\"oak", "oak'", "''", "oak*", "*oak", "*", "oak AND", "AND", "OR", "NOT oak", "NEAR(oak table, 5)",
            "NEAR", "name:oak", "product_words", "^oak", "{oak}", "oak -table", "oak + table", "(oak", "oak)", "oak & table", "!oak",
            "oak | table", "oak <-> table", "oak:*", ":*", "oak:A", "\\", "oak\\", "%", "_", ";", "--", "oak; DROP TABLE products",
            "$1", "?", "\0", "o\0ak", "\u{301}", "e\u{301}", "日本", "٣", "ǅ", "ß", "İ", "💥", "\u{202e}oak", "  ", "",
        ];
        for q in hostile {
            match shop.store.search(q, None).await {
                Ok(_) | Err(Error::Invalid(_)) => {}
                Err(error) => panic!("{q:?}: {:?}", error),
            }
        }
        assert_eq!(shop.store.search("oak table", None).await.expect("still works").items.len(), 2);
    }

    async fn products_are_counted_by_how_much_is_left(shop: Shop) {
        let levels = shop.store.levels().await.expect("counts");
        let sum = |wanted| levels.iter().filter(|(_, state, _)| *state == wanted).map(|(_, _, n)| n).sum::<i64>();
        assert_eq!((sum(StockState::Ok), sum(StockState::Low), sum(StockState::Out)), (206, 1, 1));
    }
}
