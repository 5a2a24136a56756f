//! Products: what is looked at, what is sold, and what is left?

use monitoring::{
    Alert, Colour, Column, Drawing, First, Panel, Placed, Proof, Runbook, Severity, Subject, Unit, column, line,
};
use promql::{By, Query, count, minutes, rate, value};
use shop::signals::catalog::{
    CRITICAL_STOCK, LOW_STOCK, PRODUCT_VIEWS, PRODUCTS, Product, ProductName, RankedProduct, SALES_HOURS, StockState,
    TOP_SALES, UNITS_SOLD,
};
use signals::{Bounded as _, SlotGauge, units::Each};

use super::Section;
use crate::{
    alerts::SHOP_TEAM,
    labels::{CATEGORY, ENVIRONMENT, PRODUCT, PRODUCT_NAME, SERVICE, STOCK_STATE},
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
            Placed::panel(&BEST_SELLERS, 12, 10),
            Placed::panel(&RUNNING_OUT, 12, 10),
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
    drawing: Drawing::Figures { columns: &[column(CATEGORY, "Category")], first: First::Highest },
    lines: || {
        let left = |state: StockState| value(&PRODUCTS).only(STOCK_STATE.is(state.as_str())).max_by(CATEGORY);
        vec![
            line("Out of stock", left(StockState::Out)),
            line("Ten or fewer left", left(StockState::Low)),
            line("Enough", left(StockState::Ok)),
        ]
    },
};

const SLOTS: u8 = RankedProduct::SLOTS as u8;

pub static BEST_SELLERS: Panel = Panel {
    title: "Best sellers",
    description: "The products of which most units were sold in the last 24 hours, the most first, at most twenty. They are counted by \
                  whole hours.",
    unit: Unit::Count("units"),
    drawing: Drawing::Figures { columns: PRODUCT_COLUMNS, first: First::Highest },
    lines: || vec![line("Units sold", best_sellers())],
};

pub static RUNNING_OUT: Panel = Panel {
    title: "Products that run out",
    description: "The products of which ten or fewer can still be bought, the fewest first, at most twenty. Units that are held by \
                  orders that have not ended are not among those left.",
    unit: Unit::Count("units"),
    drawing: Drawing::Figures { columns: PRODUCT_COLUMNS, first: First::Lowest },
    lines: || vec![line("Units left", running_out())],
};

const PRODUCT_COLUMNS: &[Column] = &[column(PRODUCT_NAME, "Product"), column(PRODUCT, "Id").wide(90)];

/// The best sellers of the last day, the most first.
pub(crate) fn best_sellers() -> Query<Each, By<(ProductName, Product)>> {
    const _: () = assert!(SALES_HOURS == 24, "the sentences here, on the queries page and at the signal say 24 hours");
    of_products(&TOP_SALES).top(SLOTS)
}

/// What is nearly gone, the fewest first.
pub(crate) fn running_out() -> Query<Each, By<(ProductName, Product)>> {
    of_products(&CRITICAL_STOCK).bottom(SLOTS)
}

/// The number of each product, in whatever slot it stands. Processes refresh at different moments, so two of them may put a product
/// into different slots for a while.
fn of_products(slots: &SlotGauge<RankedProduct>) -> Query<Each, By<(ProductName, Product)>> {
    value(slots).only(PRODUCT.is_not("")).max_by((PRODUCT_NAME, PRODUCT))
}

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
            diagnosis: "1. Which ones? \"Products that run out\" on the business dashboard names them. With more than twenty, the list of \
                products, by the command below, says how many are left of each.\n\
                2. Was it sold, or is it held by orders that have not ended? See \"Orders that have not ended\" on the business \
                dashboard.",
            queries: || {
                vec![
                    line("Products by how much is left", value(&PRODUCTS).max_by((CATEGORY, STOCK_STATE))),
                    line("Units left of what runs out", running_out()),
                ]
            },
            mitigation: "Order more, or take the product out of campaigns.",
        },
        shown_by: &STOCK_STATES,
        proof: Proof::Stated("selling out is no fault; buying all of a product makes it fire"),
    }
}
