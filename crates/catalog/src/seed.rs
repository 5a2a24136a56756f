//! The range that an empty shop begins with: the same products every time, made from lists of words.

use shop::messages::Category;
use sqlx::Row as _;

use crate::{
    error::Error,
    store::{INSERT_PRODUCTS, SELECT_PRODUCTS, Store},
};

/// How many products each category gets.
const PER_CATEGORY: usize = 26;
const PLENTY: i64 = 10_000;

/// A product to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seed {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) category: Category,
    /// In euro cents.
    pub(crate) price: i64,
    pub(crate) available: i64,
}

impl Store {
    /// Fills a database that has no products with the shop's range; says how many that were. All of them come at once or none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fill(&self) -> Result<usize, Error> {
        self.database
            .transaction(async |tx| {
                let products: i64 = tx
                    .run(SELECT_PRODUCTS, async |connection| {
                        sqlx::query("SELECT COUNT(*) AS products FROM products").fetch_one(connection).await?.try_get(0)
                    })
                    .await?;
                if products > 0 {
                    return Ok(0);
                }
                let range = range();
                for seed in &range {
                    // Another process may be filling it too: the second waits for the first, and adds nothing.
                    tx.run(INSERT_PRODUCTS, async |connection| {
                        let statement = "INSERT INTO products \
                            (id, name, description, category, price_amount, price_currency, available) \
                            VALUES ($1, $2, $3, $4, $5, 'EUR', $6) ON CONFLICT (id) DO NOTHING";
                        sqlx::query(statement)
                            .bind(seed.id.as_str())
                            .bind(seed.name.as_str())
                            .bind(seed.description.as_str())
                            .bind(seed.category.as_str())
                            .bind(seed.price)
                            .bind(seed.available)
                            .execute(connection)
                            .await
                    })
                    .await?;
                }
                Ok(range.len())
            })
            .await
    }
}

/// The shop's range, by id; neighbours are of different categories, so that a first page shows some of each.
pub(crate) fn range() -> Vec<Seed> {
    let categories = Category::ALL.len();
    (0..categories * PER_CATEGORY).map(|n| seed(n + 1, Category::ALL[n % categories], n / categories)).collect()
}

/// The product of that number, the `nth` of its category.
fn seed(number: usize, category: Category, nth: usize) -> Seed {
    let words = words(category);
    let thing = words.things[nth % words.things.len()];
    // Each thing comes twice: as it is, and in a second form.
    let name = if nth < words.things.len() { thing.to_owned() } else { format!("{thing}, {}", words.second) };
    let detail = words.details[nth * 3 % words.details.len()];
    let available = match number {
        // Few enough to sell out, none, and low: what can go wrong can be seen on a fresh shop.
        50 => 50,
        51 => 0,
        52 => 5,
        _ => PLENTY,
    };
    Seed {
        id: format!("p-{number:03}"),
        description: format!("{name}: {detail}."),
        name,
        category,
        price: price(words.cheapest, words.dearest, number),
        available,
    }
}

/// A price within the bounds, in euros, that ends as prices do.
fn price(cheapest: i64, dearest: i64, number: usize) -> i64 {
    // Any factor without a divisor in common with the spans spreads the numbers well.
    let spread = i64::try_from(number).unwrap_or_default() * 7919;
    let euros = cheapest + spread % (dearest - cheapest);
    euros * 100 + [99, 95, 49, 90][number % 4]
}

struct Words {
    things: [&'static str; 13],
    /// The form in which each thing comes again.
    second: &'static str,
    details: [&'static str; 5],
    /// In whole euros.
    cheapest: i64,
    /// In whole euros.
    dearest: i64,
}

fn words(category: Category) -> Words {
    match category {
        Category::Books => Words {
            things: [
                "Illustrated Atlas",
                "Pocket Cookbook",
                "Collected Novel",
                "Forgotten Dictionary",
                "Practical Poems",
                "Northern Field Guide",
                "Annotated Biography",
                "Little Mystery",
                "Complete Fables",
                "Curious Letters",
                "Modern Short Stories",
                "Travelling History",
                "Handmade Sketchbook",
            ],
            second: "Gift Edition",
            details: [
                "bound in linen with a ribbon",
                "printed on heavy cream paper",
                "with maps on the endpapers",
                "read aloud at many a bedside",
                "in a new translation",
            ],
            cheapest: 8,
            dearest: 49,
        },
        Category::Electronics => Words {
            things: [
                "Wireless Headphones",
                "Compact Speaker",
                "Foldable Keyboard",
                "Silent Charger",
                "Rugged Camera",
                "Smart Monitor",
                "Portable Router",
                "Solar Radio",
                "Slim Microphone",
                "Studio Projector",
                "Waterproof Tablet",
                "Magnetic Power Bank",
                "Dual Desk Lamp",
            ],
            second: "Plus",
            details: [
                "charged by any USB-C cable",
                "with a battery that lasts two days",
                "repairable with one screwdriver",
                "paired in a second",
                "in brushed aluminium",
            ],
            cheapest: 19,
            dearest: 499,
        },
        Category::Games => Words {
            things: [
                "Cooperative Chess Set",
                "Classic Card Game",
                "Strategic Puzzle",
                "Quick Dice Tower",
                "Legendary Quiz",
                "Wooden Board Game",
                "Hidden Dominoes",
                "Cunning Expansion",
                "Galactic Backgammon",
                "Medieval Word Game",
                "Family Role-Playing Kit",
                "Deluxe Memory Game",
                "Midnight Labyrinth",
            ],
            second: "Travel Edition",
            details: [
                "for two to five players",
                "explained in five minutes",
                "never the same twice",
                "in a box that fits the shelf",
                "from ten years to a hundred",
            ],
            cheapest: 9,
            dearest: 89,
        },
        Category::Garden => Words {
            things: [
                "Galvanised Watering Can",
                "Terracotta Planter",
                "Hardy Rose",
                "Telescopic Pruner",
                "Rustic Bench",
                "Climbing Trellis",
                "Evergreen Seed Box",
                "Copper Bird Bath",
                "Weatherproof Hose Reel",
                "Organic Compost Bin",
                "Fragrant Lavender",
                "Cordless Hedge Trimmer",
                "Hanging Lantern",
            ],
            second: "Small",
            details: [
                "at home on any balcony",
                "made to stay out in winter",
                "loved by bees",
                "with a ten-year promise",
                "from a nursery by the sea",
            ],
            cheapest: 6,
            dearest: 159,
        },
        Category::Home => Words {
            things: [
                "Oak Table",
                "Linen Cushion",
                "Stoneware Bowl",
                "Woven Basket",
                "Enamel Kettle",
                "Walnut Shelf",
                "Scented Candle",
                "Quilted Blanket",
                "Marble Tray",
                "Felt Slippers",
                "Brass Floor Lamp",
                "Stackable Stool",
                "Cosy Armchair",
            ],
            second: "Set of Two",
            details: [
                "made by hand in small numbers",
                "that grows more beautiful with age",
                "easy to clean",
                "in three quiet colours",
                "delivered without plastic",
            ],
            cheapest: 12,
            dearest: 349,
        },
        Category::Music => Words {
            things: [
                "Acoustic Guitar",
                "Vintage Turntable",
                "Digital Piano",
                "Concert Ukulele",
                "Mahogany Violin",
                "Electric Metronome",
                "Beginner's Drum",
                "Silver Flute",
                "Jazz Saxophone",
                "Travel Harmonica",
                "Chromatic Tuner",
                "Baroque Record",
                "Master Music Stand",
            ],
            second: "Starter Set",
            details: [
                "with a warm, full sound",
                "set up by a luthier",
                "in a padded case",
                "with the first lesson included",
                "ready for the stage",
            ],
            cheapest: 14,
            dearest: 899,
        },
        Category::Sports => Words {
            things: [
                "Lightweight Running Shoes",
                "Thermal Jacket",
                "Carbon Racket",
                "Breathable Backpack",
                "Alpine Helmet",
                "Padded Gloves",
                "Reflective Bottle",
                "Inflatable Kayak",
                "Adjustable Dumbbells",
                "Trail Poles",
                "Pro Football",
                "Non-Slip Yoga Mat",
                "Quick-Dry Towel",
            ],
            second: "Junior",
            details: [
                "tested above the tree line",
                "in sizes for everybody",
                "that forgives a bad throw",
                "made from recycled nets",
                "packed smaller than a loaf of bread",
            ],
            cheapest: 11,
            dearest: 279,
        },
        Category::Toys => Words {
            things: [
                "Painted Train",
                "Plush Bear",
                "Musical Xylophone",
                "Giant Blocks",
                "Tiny Dolls' House",
                "Flying Kite",
                "Magic Wand",
                "Friendly Dragon",
                "Wind-Up Robot",
                "Rainbow Crayons",
                "Sleepy Owl",
                "Brave Knight",
                "Stacking Cups",
            ],
            second: "Gift Set",
            details: [
                "safe from the first birthday on",
                "in beech from nearby forests",
                "that needs no batteries",
                "washable, as it must be",
                "with a name tag to fill in",
            ],
            cheapest: 5,
            dearest: 79,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_category_has_as_many_products_and_no_name_comes_twice() {
        let range = range();
        for category in Category::ALL {
            assert_eq!(range.iter().filter(|seed| seed.category == *category).count(), PER_CATEGORY, "{category:?}");
        }
        let names: HashSet<&str> = range.iter().map(|seed| seed.name.as_str()).collect();
        assert_eq!(names.len(), range.len());
        assert!(range.iter().all(|seed| seed.price > 0));
    }

    #[test]
    fn three_products_show_what_can_go_wrong() {
        let stock = |id: &str| range().into_iter().find(|seed| seed.id == id).map(|seed| seed.available);
        assert_eq!(stock("p-001"), Some(PLENTY));
        assert_eq!(stock("p-050"), Some(50));
        assert_eq!(stock("p-051"), Some(0));
        assert_eq!(stock("p-052"), Some(5));
        assert_eq!(stock("p-208"), Some(PLENTY));
    }
}
