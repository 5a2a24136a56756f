//! What stands in the shop's window: learned before a run, so that customers ask for what there is.

use shop::{
    ids::ProductId,
    messages::{Product, ProductPage},
    routes::gateway,
};

use crate::engine::{Ask, Client, Failure, Mark};

/// So many pages are learned at most; a larger shop is known by its first thousand products.
const PAGES: usize = 10;
/// The largest page that the catalog gives.
const PAGE: u32 = 100;

/// What customers know of the shop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub products: Vec<ProductId>,
    /// Those of them that could be ordered.
    pub in_stock: Vec<ProductId>,
    /// Words that occur in products.
    pub words: Vec<String>,
    /// Where later pages begin.
    pub cursors: Vec<String>,
    /// How many requests it took.
    pub requests: u64,
}

/// Why nothing could be learned.
#[derive(Debug)]
pub(crate) enum Unlearned {
    /// Nobody answered; why, and the way out.
    Unreachable(String),
    /// Somebody did, but not with products.
    Unexpected(String),
}

impl Window {
    /// Reads the list of products, page by page.
    pub(crate) async fn learn(client: &Client, mark: &Mark) -> Result<Self, Unlearned> {
        let mut window = Self::default();
        let mut cursor = None;
        for _ in 0..PAGES {
            let mut ask = Ask::through(&gateway::LIST_PRODUCTS).query("limit", PAGE);
            if let Some(cursor) = &cursor {
                ask = ask.query("cursor", cursor);
            }
            let page = page(client, ask, mark).await?;
            window.requests += 1;
            for product in page.items {
                window.add(product);
            }
            let Some(next) = page.next else { break };
            window.cursors.push(next.clone());
            cursor = Some(next);
        }
        if window.products.is_empty() {
            return Err(Unlearned::Unexpected(
                "the shop has no products; start the catalog on a fresh database".into(),
            ));
        }
        window.words.sort_unstable();
        window.words.dedup();
        Ok(window)
    }

    /// What is tried when nothing could be learned.
    pub(crate) fn guessed() -> Self {
        let products: Vec<ProductId> = "p-001".parse().into_iter().collect();
        Self { in_stock: products.clone(), products, words: vec!["book".to_owned()], ..Self::default() }
    }

    fn add(&mut self, product: Product) {
        let Product { id, name, available, .. } = product;
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3);
        self.words.extend(words.map(str::to_lowercase));
        if available > 0 {
            self.in_stock.push(id.clone());
        }
        self.products.push(id);
    }
}

async fn page(client: &Client, ask: Ask, mark: &Mark) -> Result<ProductPage, Unlearned> {
    let target = client.target();
    let answer = match client.send(ask, mark).await {
        Ok(answer) => answer,
        Err(Failure::TimedOut) => {
            return Err(Unlearned::Unreachable(format!(
                "{target} did not answer in time; it may be overloaded or stopped: `traffic check` looks at every door"
            )));
        }
        Err(Failure::Connection(why)) => {
            return Err(Unlearned::Unreachable(format!(
                "{target} cannot be reached ({why}); start the shop with `cargo xtask up`, or name another with --target"
            )));
        }
    };
    if answer.status != gateway::LIST_PRODUCTS.success {
        return Err(Unlearned::Unexpected(format!("the list of products was answered with {}", answer.label())));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| Unlearned::Unexpected(format!("{target} is not the shop, or another version ({error})")))
}
