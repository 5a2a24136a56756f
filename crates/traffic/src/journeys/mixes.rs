//! The mixes of journeys: who comes how often, what they do, and how much the best sellers sell.
//!
//! What is known of real shops, and from where:
//!
//! - The shares of requests about orders in `browsing` (5 %), `shopping` (20 %) and `order-heavy` (50 %) are those of the three mixes
//!   of TPC Benchmark W 1.8 (2002), the standard benchmark of online shops until 2005.
//! - [`BOOKS`], the exponent of Zipf's law: Brynjolfsson, Hu and Smith, "Consumer Surplus in the Digital Economy", Management Science
//!   49 (2003), saw an online bookseller's sales fall with the 0.87th power of their rank. Page views fall as steeply: Breslau et al.,
//!   "Web Caching and Zipf-like Distributions" (INFOCOM 1999), saw 0.64 to 0.83.
//! - `realistic`: one of forty visits orders. VWO, "eCommerce Conversion Rate Benchmarks", quotes Monetate for the second quarter of
//!   2019: 2.58 % of visits, over the world and all devices.
//!
//! Everything else is assumed, and stands here to be changed: how many visits end after one look (45 % in `realistic`), how many
//! customers have come before (30 % there), what they do in which order, how they pay, all of `sale-day`, and `everything`, which is no
//! likeness but holds every step within a hundred requests.

use super::{
    Comes::{Again, First},
    Mix, journey,
};
use crate::steps::{
    BAD_CURSOR, BY_BANK_TRANSFER, BY_CARD, BY_PAYPAL, BY_WALLET, CATEGORIES, CATEGORY, DECLINED, MALFORMED, NEXT_PAGE,
    ORDER_NOTHING_KNOWN, ORDERS, PAGE, PRODUCT, STOCK, UNKNOWN_METHOD, UNKNOWN_ORDER, UNKNOWN_PATH, UNKNOWN_PRODUCT,
    WORDS, WRONG_METHOD,
};

/// How steeply books sell by their rank.
const BOOKS: f64 = 0.87;
/// How steeply they do when everybody wants the same few things.
const BARGAINS: f64 = 1.4;

pub(super) static EVERYTHING: Mix = Mix {
    exponent: BOOKS,
    journeys: &[
        journey(4, First, "look around", &[&CATEGORIES, &PAGE, &NEXT_PAGE, &PRODUCT]),
        journey(2, First, "look through a category", &[&CATEGORIES, &CATEGORY, &PRODUCT]),
        journey(4, First, "search", &[&WORDS, &PRODUCT, &STOCK]),
        journey(3, First, "search and buy", &[&WORDS, &PRODUCT, &STOCK, &BY_CARD, &ORDERS]),
        journey(2, Again, "look and buy again", &[&PAGE, &PRODUCT, &BY_PAYPAL, &ORDERS]),
        journey(1, First, "look and buy", &[&CATEGORY, &PRODUCT, &BY_BANK_TRANSFER, &ORDERS]),
        journey(2, Again, "search and buy again", &[&WORDS, &PRODUCT, &BY_WALLET, &ORDERS]),
        journey(1, First, "be declined, and pay otherwise", &[&PRODUCT, &DECLINED, &BY_WALLET]),
        journey(1, First, "look for what is not there", &[&UNKNOWN_PRODUCT, &WORDS, &BAD_CURSOR]),
        journey(1, First, "order badly", &[&MALFORMED, &UNKNOWN_METHOD, &ORDER_NOTHING_KNOWN]),
        journey(1, First, "lose the way", &[&UNKNOWN_PATH, &WRONG_METHOD, &UNKNOWN_ORDER]),
    ],
};

pub(super) static BROWSING: Mix = Mix {
    exponent: BOOKS,
    journeys: &[
        journey(6, First, "look around", &[&CATEGORIES, &PAGE, &NEXT_PAGE, &PRODUCT]),
        journey(4, First, "look through a category", &[&CATEGORIES, &CATEGORY, &PRODUCT, &PRODUCT]),
        journey(6, First, "search", &[&WORDS, &PRODUCT, &STOCK]),
        journey(3, Again, "look again", &[&PAGE, &PRODUCT, &PRODUCT]),
        journey(2, Again, "look after an order", &[&ORDERS, &PRODUCT]),
        journey(1, First, "search and buy", &[&WORDS, &PRODUCT, &STOCK, &BY_CARD, &ORDERS]),
        journey(1, First, "look for what is not there", &[&UNKNOWN_PRODUCT, &WORDS]),
        journey(1, First, "lose the way", &[&UNKNOWN_PATH, &CATEGORIES]),
    ],
};

pub(super) static SHOPPING: Mix = Mix {
    exponent: BOOKS,
    journeys: &[
        journey(3, First, "look around", &[&CATEGORIES, &PAGE, &NEXT_PAGE, &PRODUCT]),
        journey(3, First, "search", &[&WORDS, &PRODUCT, &STOCK]),
        journey(2, First, "look through a category", &[&CATEGORY, &PRODUCT, &PRODUCT]),
        journey(3, First, "search and buy", &[&WORDS, &PRODUCT, &STOCK, &BY_CARD]),
        journey(1, Again, "search and buy again", &[&WORDS, &PRODUCT, &BY_PAYPAL]),
        journey(1, Again, "look and buy again", &[&CATEGORY, &PRODUCT, &BY_WALLET]),
        journey(1, First, "buy at once", &[&PRODUCT, &STOCK, &BY_BANK_TRANSFER]),
        journey(1, First, "be declined, and pay otherwise", &[&PRODUCT, &DECLINED, &BY_WALLET]),
        journey(2, Again, "look after an order", &[&ORDERS, &PRODUCT]),
        journey(1, Again, "look after an order, and search", &[&ORDERS, &WORDS, &PRODUCT, &STOCK]),
        journey(1, Again, "ask for an order that is not there", &[&UNKNOWN_ORDER]),
    ],
};

pub(super) static ORDER_HEAVY: Mix = Mix {
    exponent: BOOKS,
    journeys: &[
        journey(3, First, "buy at once", &[&PRODUCT, &BY_CARD]),
        journey(2, First, "look and buy", &[&PRODUCT, &STOCK, &BY_CARD, &ORDERS]),
        journey(2, First, "search and buy", &[&WORDS, &PRODUCT, &BY_PAYPAL, &ORDERS]),
        journey(1, First, "buy by transfer", &[&PRODUCT, &BY_BANK_TRANSFER]),
        journey(2, Again, "buy again", &[&PRODUCT, &BY_WALLET]),
        journey(1, First, "be declined, and pay otherwise", &[&WORDS, &PRODUCT, &DECLINED, &BY_WALLET]),
    ],
};

pub(super) static SALE_DAY: Mix = Mix {
    exponent: BARGAINS,
    journeys: &[
        journey(6, First, "snatch a bargain", &[&PRODUCT, &STOCK, &BY_CARD]),
        journey(3, Again, "watch the stock, then buy", &[&PRODUCT, &STOCK, &STOCK, &BY_WALLET]),
        journey(2, Again, "buy at once", &[&PRODUCT, &BY_PAYPAL]),
        journey(2, First, "be declined, and pay otherwise", &[&PRODUCT, &DECLINED, &BY_CARD]),
        journey(4, First, "look for bargains", &[&CATEGORY, &PRODUCT, &PRODUCT]),
        journey(3, First, "search", &[&WORDS, &PRODUCT, &STOCK]),
        journey(2, Again, "look whether it went through", &[&ORDERS, &ORDERS]),
    ],
};

/// Three hundred and twenty visits, so that the eight of them that order can pay in different ways.
pub(super) static REALISTIC: Mix = Mix {
    exponent: BOOKS,
    journeys: &[
        journey(112, First, "look once", &[&PRODUCT]),
        journey(32, Again, "look once again", &[&PRODUCT]),
        journey(48, First, "look around", &[&CATEGORIES, &PAGE, &NEXT_PAGE, &PRODUCT]),
        journey(36, First, "search", &[&WORDS, &PRODUCT, &STOCK]),
        journey(16, First, "look through a category", &[&CATEGORY, &PRODUCT, &PRODUCT]),
        journey(40, Again, "search again", &[&WORDS, &PRODUCT, &PRODUCT, &STOCK]),
        journey(20, Again, "look after an order", &[&ORDERS, &PRODUCT]),
        journey(3, First, "search and buy", &[&WORDS, &PRODUCT, &STOCK, &BY_CARD, &ORDERS]),
        journey(2, Again, "search and buy again", &[&WORDS, &PRODUCT, &STOCK, &BY_WALLET, &ORDERS]),
        journey(2, Again, "look and buy again", &[&PAGE, &PRODUCT, &BY_PAYPAL, &ORDERS]),
        journey(1, First, "look and buy", &[&CATEGORY, &PRODUCT, &STOCK, &BY_BANK_TRANSFER, &ORDERS]),
        journey(1, First, "be declined, and leave", &[&WORDS, &PRODUCT, &DECLINED]),
        journey(4, First, "lose the way", &[&UNKNOWN_PATH, &CATEGORIES, &PRODUCT]),
        journey(3, First, "look for what is not there", &[&UNKNOWN_PRODUCT, &WORDS]),
    ],
};

#[cfg(test)]
mod tests {
    use shop::routes::gateway;

    use super::{super::Journey, *};

    /// How many of a mix's visits are as asked, and how many there are.
    fn visits(mix: &Mix, is: impl Fn(&Journey) -> bool) -> (usize, usize) {
        let count = |is: &dyn Fn(&Journey) -> bool| {
            mix.journeys.iter().filter(|journey| is(journey)).map(|journey| journey.weight).sum()
        };
        (count(&is), count(&|_| true))
    }

    #[track_caller]
    fn check_requests_about_orders(mix: &Mix, hundredths: usize) {
        let of_orders = [&gateway::PLACE_ORDER, &gateway::GET_ORDER, &gateway::LIST_ORDERS];
        let (mut about_orders, mut all) = (0, 0);
        for journey in mix.journeys {
            let is_about = |route: &shop::routes::Route| of_orders.iter().any(|it| std::ptr::eq(*it, route));
            let steps = journey.steps.iter().filter(|step| step.route.is_some_and(is_about)).count();
            about_orders += journey.weight * steps;
            all += journey.weight * journey.steps.len();
        }
        assert_eq!(about_orders * 100, all * hundredths, "{about_orders} of {all}");
    }

    #[test]
    fn the_mixes_hold_the_shares_of_the_benchmark() {
        check_requests_about_orders(&BROWSING, 5);
        check_requests_about_orders(&SHOPPING, 20);
        check_requests_about_orders(&ORDER_HEAVY, 50);
    }

    #[test]
    fn the_realistic_mix_is_as_its_sources_and_assumptions_say() {
        let bought = [&BY_CARD, &BY_WALLET, &BY_PAYPAL, &BY_BANK_TRANSFER];
        let buys =
            |journey: &Journey| journey.steps.iter().any(|step| bought.iter().any(|it| std::ptr::eq(*it, *step)));
        assert_eq!(visits(&REALISTIC, buys), (8, 320), "one of forty orders");
        assert_eq!(visits(&REALISTIC, |journey| journey.steps.len() == 1), (144, 320), "45 % look once");
        assert_eq!(visits(&REALISTIC, |journey| journey.comes == Again), (96, 320), "30 % have come before");
    }
}
