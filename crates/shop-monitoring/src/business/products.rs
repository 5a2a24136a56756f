//! Products: what is looked at, what is sold, and what is left?

use monitoring::{Alert, Colour, Drawing, Panel, Placed, Proof, Runbook, Severity, Subject, Unit, column, line};
use promql::{count, minutes, rate, value};
use shop::signals::catalog::{LOW_STOCK, PRODUCT_VIEWS, PRODUCTS, StockState, UNITS_SOLD};

use super::Section;
use crate::{
    alerts::SHOP_TEAM,
    labels::{CATEGORY, ENVIRONMENT, SERVICE, STOCK_STATE},
    windows::NOW,
};

pub const STOCK: &str = "stock";

pub(super) const SECTION: Section = Section {
    heading: "Products",
    panels: || {
        vec![
            Placed::panel(&VIEWS, 12, 8),
            Placed::panel(&SOLD, 12, 8),
            Placed::panel(&STOCK_STATES, 12, 10),
            Placed::panel(&SCARCE, 12, 10),
        ]
    },
    alerts: || vec![stock_low()],
};

pub static VIEWS: Panel = Panel {
    title: "Products looked at",
    description: "Products looked at one by one, a minute, by category, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || vec![line("{category}", rate(&PRODUCT_VIEWS).over(NOW).by((ENVIRONMENT, CATEGORY)).per_minute())],
};

pub static SOLD: Panel = Panel {
    title: "Units sold",
    description: "Units sold, a minute, by category, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || vec![line("{category}", rate(&UNITS_SOLD).over(NOW).by((ENVIRONMENT, CATEGORY)).per_minute())],
};

pub static STOCK_STATES: Panel = Panel {
    title: "Products by how much is left",
    description: "How many products have enough in stock (ok), ten or fewer (low), or none (out).",
    unit: Unit::Count("products"),
    drawing: Drawing::Areas,
    lines: || {
        // Each instance tells the whole stock.
        let left = |state: StockState| {
            let products = value(&PRODUCTS).only(STOCK_STATE.is(state.as_str()));
            products.max_by((ENVIRONMENT, CATEGORY)).by(ENVIRONMENT)
        };
        vec![
            line("out", left(StockState::Out)).coloured(Colour::Bad),
            line("low", left(StockState::Low)).coloured(Colour::Doubtful),
            line("ok", left(StockState::Ok)).coloured(Colour::Good),
        ]
    },
};

pub static SCARCE: Panel = Panel {
    title: "Categories by how much is left",
    description: "The same by category, now: where something must be ordered.",
    unit: Unit::Count("products"),
    drawing: Drawing::Figures { columns: &[column("category", "Category")] },
    lines: || {
        let left = |state: StockState| value(&PRODUCTS).only(STOCK_STATE.is(state.as_str())).max_by(CATEGORY);
        vec![
            line("Out of stock", left(StockState::Out)),
            line("Ten or fewer left", left(StockState::Low)),
            line("Enough", left(StockState::Ok)),
        ]
    },
};

/// Some products are nearly gone, or gone.
pub fn stock_low() -> Alert {
    let scarce = STOCK_STATE.any_of([StockState::Low, StockState::Out].map(StockState::as_str));
    // Each instance tells the whole stock.
    let products = value(&PRODUCTS).only(scarce).max_by((ENVIRONMENT, SERVICE, CATEGORY, STOCK_STATE));
    const _: () = assert!(LOW_STOCK == 10, "the sentences below say ten");
    Alert {
        name: "StockLow",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: STOCK,
        about: Subject::Service,
        when: products.by((ENVIRONMENT, SERVICE, CATEGORY)).above(count(0.0)).into(),
        held: minutes(15),
        summary: "{value} products of the category {category} are nearly gone",
        description: "Of {value} products of the category {category} at most ten are left, or none.",
        runbook: Runbook {
            meaning: "Ten or fewer of a product are left.",
            impact: "Soon customers will be refused for it. Those who search for it find it and cannot buy it.",
            diagnosis: "1. Which ones? The list of products, by the command below, says how many are left of each.\n\
                2. Was it sold, or is it held by orders that have not ended? See \"Orders that have not ended\" on the business \
                dashboard.",
            queries: || vec![line("Products by how much is left", value(&PRODUCTS).max_by((CATEGORY, STOCK_STATE)))],
            mitigation: "Order more, or take the product out of campaigns.",
        },
        shown_by: &STOCK_STATES,
        proof: Proof::Stated("selling out is no fault; buying all of a product makes it fire"),
    }
}
