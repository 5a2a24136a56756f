//! What a customer can do: each step with its door, its request, and the ends that are as they should be.

use std::sync::Arc;

use rand::{Rng as _, distr::Distribution as _, rngs::StdRng, seq::IndexedRandom as _};
use rand_distr::Zipf;
use shop::{
    code::Code,
    ids::{CustomerId, ProductId},
    messages::{
        Category, CategoryList, Line, Order, OrderPage, Payment, PaymentMethod, PlaceOrder, Product, ProductList,
        ProductPage, Stock,
    },
    routes::{
        Route,
        gateway::{
            GET_ORDER, GET_PRODUCT, GET_STOCK, LIST_CATEGORIES, LIST_ORDERS, LIST_PRODUCTS, OPENAPI, PLACE_ORDER,
            PREFIX, SEARCH,
        },
    },
};
use signals::{Outcome, http};

use crate::{
    engine::{Answer, Ask},
    window::Window,
};

/// An end that is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The door's declared success, with a body that reads as its message.
    Success,
    /// A refusal with this status and this code.
    Refused(Outcome),
}

/// Something that a customer does: one request.
#[derive(Debug)]
pub(crate) struct Step {
    pub name: &'static str,
    /// The door; none where the customer finds none.
    pub route: Option<&'static Route>,
    pub ends: &'static [End],
    pub ask: fn(&mut Customer) -> Ask,
    /// Whether a success can be read as the message that the door gives.
    reads: fn(&[u8]) -> serde_json::Result<()>,
}

/// Who does it: what they know, what they want, and chance.
#[derive(Debug)]
pub(crate) struct Customer {
    pub window: Arc<Window>,
    pub name: CustomerId,
    /// Which rank among the products they want; the window shows the best sellers first.
    pub popularity: Zipf<f64>,
    pub chance: StdRng,
    /// The product that they looked at last.
    pub wanted: Option<ProductId>,
}

use End::{Refused, Success};

/// Stock is finite; a shop that says so works as it should.
const SOLD_OUT: End = Refused(Code::OutOfStock.outcome());
const BOUGHT: &[End] = &[Success, SOLD_OUT];

const fn step(
    name: &'static str,
    route: &'static Route,
    ends: &'static [End],
    reads: fn(&[u8]) -> serde_json::Result<()>,
    ask: fn(&mut Customer) -> Ask,
) -> Step {
    Step { name, route: Some(route), ends, ask, reads }
}

pub(crate) static CATEGORIES: Step =
    step("browse categories", &LIST_CATEGORIES, &[Success], reads::<CategoryList>, |_| Ask::through(&LIST_CATEGORIES));
pub(crate) static PAGE: Step = step("browse a page", &LIST_PRODUCTS, &[Success], reads::<ProductPage>, |_| {
    Ask::through(&LIST_PRODUCTS).query("limit", 20)
});
pub(crate) static NEXT_PAGE: Step = step("browse on", &LIST_PRODUCTS, &[Success], reads::<ProductPage>, |customer| {
    let ask = Ask::through(&LIST_PRODUCTS).query("limit", 20);
    match customer.window.cursors.choose(&mut customer.chance) {
        Some(cursor) => ask.query("cursor", cursor),
        None => ask,
    }
});
pub(crate) static CATEGORY: Step =
    step("browse a category", &LIST_PRODUCTS, &[Success], reads::<ProductPage>, |customer| {
        let category = customer.one_of(Category::ALL).map_or("", |category| category.as_str());
        Ask::through(&LIST_PRODUCTS).query("category", category).query("in_stock", true)
    });
pub(crate) static PRODUCT: Step = step("look at a product", &GET_PRODUCT, &[Success], reads::<Product>, |customer| {
    let product = customer.look();
    Ask::through(&GET_PRODUCT).id(product.as_str())
});
pub(crate) static STOCK: Step = step("look at stock", &GET_STOCK, &[Success], reads::<Stock>, |customer| {
    let product = customer.looked_at();
    Ask::through(&GET_STOCK).id(product.as_str())
});
pub(crate) static WORDS: Step = step("search words", &SEARCH, &[Success], reads::<ProductList>, |customer| {
    let word = customer.window.words.choose(&mut customer.chance).cloned().unwrap_or_else(|| "shop".to_owned());
    Ask::through(&SEARCH).query("q", word)
});
pub(crate) static ORDERS: Step = step("look at own orders", &LIST_ORDERS, &[Success], reads::<OrderPage>, |customer| {
    Ask::through(&LIST_ORDERS).query("customer", &customer.name)
});
pub(crate) static DOCUMENT: Step =
    step("read the API's document", &OPENAPI, &[Success], reads::<serde_json::Value>, |_| Ask::through(&OPENAPI));
pub(crate) static BY_CARD: Step = step("order by card", &PLACE_ORDER, BOUGHT, reads::<Order>, |customer| {
    customer.order(PaymentMethod::Card, "tok_ok")
});
pub(crate) static BY_PAYPAL: Step = step("order by PayPal", &PLACE_ORDER, BOUGHT, reads::<Order>, |customer| {
    customer.order(PaymentMethod::Paypal, "tok_ok")
});
pub(crate) static BY_BANK_TRANSFER: Step =
    step("order by bank transfer", &PLACE_ORDER, BOUGHT, reads::<Order>, |customer| {
        customer.order(PaymentMethod::BankTransfer, "tok_ok")
    });
pub(crate) static BY_WALLET: Step = step("order by wallet", &PLACE_ORDER, BOUGHT, reads::<Order>, |customer| {
    customer.order(PaymentMethod::Wallet, "tok_ok")
});
pub(crate) static DECLINED: Step = step(
    "be declined",
    &PLACE_ORDER,
    &[Refused(Code::PaymentDeclined.outcome()), SOLD_OUT],
    reads::<Order>,
    |customer| customer.order(PaymentMethod::Card, "tok_declined"),
);
pub(crate) static UNKNOWN_PRODUCT: Step = step(
    "ask for no product",
    &GET_PRODUCT,
    &[Refused(Code::ProductNotFound.outcome())],
    reads::<Product>,
    |customer| Ask::through(&GET_PRODUCT).id(&format!("no-such-{}", customer.number())),
);
pub(crate) static UNKNOWN_ORDER: Step =
    step("ask for no order", &GET_ORDER, &[Refused(Code::OrderNotFound.outcome())], reads::<Order>, |customer| {
        Ask::through(&GET_ORDER).id(&format!("no-such-{}", customer.number()))
    });
pub(crate) static ORDER_NOTHING_KNOWN: Step =
    step("order no product", &PLACE_ORDER, &[Refused(Code::ProductNotFound.outcome())], reads::<Order>, |customer| {
        let product = format!("no-such-{}", customer.number()).parse();
        customer.order_of(product.ok(), PaymentMethod::Card, "tok_ok")
    });
pub(crate) static MALFORMED: Step =
    step("send broken JSON", &PLACE_ORDER, &[Refused(Code::Invalid.outcome())], reads::<Order>, |_| {
        Ask::through(&PLACE_ORDER).body(r#"{"customer": "ada", "lines": ["#)
    });
pub(crate) static UNKNOWN_METHOD: Step = step(
    "pay in no known way",
    &PLACE_ORDER,
    &[Refused(Code::UnknownPaymentMethod.outcome())],
    reads::<Order>,
    |customer| customer.order(PaymentMethod::Unknown, "tok_ok"),
);
pub(crate) static BAD_CURSOR: Step =
    step("use a bad cursor", &LIST_PRODUCTS, &[Refused(Code::InvalidCursor.outcome())], reads::<ProductPage>, |_| {
        Ask::through(&LIST_PRODUCTS).query("cursor", "no cursor of yours")
    });
pub(crate) static UNKNOWN_PATH: Step = Step {
    name: "lose the way",
    route: None,
    ends: &[Refused(http::NOT_FOUND)],
    ask: |customer| Ask::to("GET", format!("{PREFIX}/no-such-{}", customer.number())),
    reads: |_| Ok(()),
};
pub(crate) static WRONG_METHOD: Step = Step {
    name: "use a wrong method",
    route: None,
    ends: &[Refused(http::METHOD_NOT_ALLOWED)],
    ask: |_| Ask { method: "DELETE", ..Ask::through(&LIST_PRODUCTS) },
    reads: |_| Ok(()),
};

impl Step {
    /// Why the answer is not as it should be; nothing when it is.
    pub(crate) fn objection(&self, answer: &Answer) -> Option<String> {
        let success = self.route.map(|route| Outcome::ok(route.success));
        for end in self.ends {
            match *end {
                Success if success.is_some_and(|success| answer.is(success)) => {
                    return (self.reads)(&answer.body).err().map(|error| format!("its body cannot be read: {error}"));
                }
                Refused(outcome) if answer.is(outcome) => return None,
                Success | Refused(_) => {}
            }
        }
        Some(format!("expected {}", self.expectation()))
    }

    /// The ends that are as they should be, for people.
    fn expectation(&self) -> String {
        let success = self.route.map_or(0, |route| route.success);
        let ends = self.ends.iter().map(|end| match end {
            Success => success.to_string(),
            Refused(Outcome { status, error_type }) => {
                format!("{} {}", status.unwrap_or_default(), error_type.unwrap_or_default())
            }
        });
        ends.collect::<Vec<_>>().join(" or ")
    }
}

impl Customer {
    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.choose(&mut self.chance).copied()
    }

    fn number(&mut self) -> u32 {
        self.chance.random_range(0..1_000_000)
    }

    /// Turns to a product.
    pub(crate) fn look(&mut self) -> ProductId {
        let window = Arc::clone(&self.window);
        // A window is never empty; it would not have been learned.
        let product = self.popular(&window.products).unwrap_or_else(|| window.products[0].clone());
        self.wanted = Some(product.clone());
        product
    }

    fn looked_at(&mut self) -> ProductId {
        match &self.wanted {
            Some(product) => product.clone(),
            None => self.look(),
        }
    }

    /// One of the products, the first of which is the most popular.
    fn popular(&mut self, products: &[ProductId]) -> Option<ProductId> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank is a small whole number from 1"
        )]
        let rank = self.popularity.sample(&mut self.chance) as usize;
        products.get((rank - 1) % products.len().max(1)).cloned()
    }

    fn order(&mut self, method: PaymentMethod, token: &str) -> Ask {
        let wanted = self.looked_at();
        let window = Arc::clone(&self.window);
        // What was sold out when the window was learned nobody tries to buy.
        let product = if window.in_stock.contains(&wanted) { Some(wanted) } else { self.popular(&window.in_stock) };
        self.order_of(product, method, token)
    }

    fn order_of(&mut self, product: Option<ProductId>, method: PaymentMethod, token: &str) -> Ask {
        let order = PlaceOrder {
            customer: self.name.clone(),
            lines: vec![Line {
                product: product.unwrap_or_else(|| self.looked_at()),
                quantity: self.chance.random_range(1..=3),
            }],
            payment: Payment { method, token: token.to_owned() },
        };
        Ask::through(&PLACE_ORDER).body(serde_json::to_string(&order).unwrap_or_default())
    }
}

fn reads<T: serde::de::DeserializeOwned>(body: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice::<T>(body).map(|_| ())
}

/// Steps that one may promise something of together.
#[derive(Debug)]
pub(crate) struct Group {
    pub name: &'static str,
    members: &'static [&'static Step],
}

/// Each step is in one group.
static GROUPS: &[Group] = &[
    Group { name: "browse", members: &[&CATEGORIES, &PAGE, &NEXT_PAGE, &CATEGORY, &PRODUCT, &STOCK] },
    Group { name: "search", members: &[&WORDS] },
    Group { name: "order", members: &[&BY_CARD, &BY_PAYPAL, &BY_BANK_TRANSFER, &BY_WALLET, &DECLINED] },
    Group { name: "account", members: &[&ORDERS] },
    Group {
        name: "mistakes",
        members: &[
            &UNKNOWN_PRODUCT,
            &UNKNOWN_ORDER,
            &ORDER_NOTHING_KNOWN,
            &MALFORMED,
            &UNKNOWN_METHOD,
            &BAD_CURSOR,
            &UNKNOWN_PATH,
            &WRONG_METHOD,
        ],
    },
];

/// All groups.
pub(crate) fn groups() -> impl Iterator<Item = &'static Group> + Clone {
    GROUPS.iter()
}

/// The name of the group that a step of this name is in.
pub(crate) fn group(step: &str) -> Option<&'static str> {
    groups().find(|group| group.steps().any(|name| name == step)).map(|group| group.name)
}

/// The step of this name.
pub(crate) fn step_called(name: &str) -> Option<&'static Step> {
    groups().flat_map(|group| group.members).copied().find(|step| step.name == name)
}

impl Group {
    /// The names of its steps.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.members.iter().map(|step| step.name)
    }
}
