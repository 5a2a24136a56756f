//! Finding products by the words of their name and description.

use actix_web::web::{Data, Json};
use serde::Deserialize;
use shop::messages::ProductList;
use telemetry::db::Engine;

use crate::{
    error::Error,
    products,
    store::{self, SELECT_PRODUCTS, Store, product_columns},
};

/// More words, or longer ones, are no search but an attack on the index.
const MOST_WORDS: usize = 8;
const LONGEST: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    q: String,
    limit: Option<u32>,
}

pub(crate) async fn search(store: Data<Store>, search: chassis::Query<Search>) -> Result<Json<ProductList>, Error> {
    Ok(Json(store.search(&search.0.q, search.0.limit).await?))
}

impl Store {
    /// The products in which every word occurs, the best match first. The last word may be the beginning of one, for it may be
    /// half typed.
    ///
    /// # Errors
    /// When there are no words, or too many, or the limit cannot be, or the database fails.
    pub async fn search(&self, q: &str, limit: Option<u32>) -> Result<ProductList, Error> {
        let limit = products::limit(limit)?;
        let words = words(q)?;
        let (statement, expression) = match self.database.engine() {
            Engine::Sqlite => (
                concat!(
                    "SELECT ",
                    product_columns!(),
                    " FROM product_words JOIN products ON products.id = product_words.id \
                     WHERE product_words MATCH $1 ORDER BY bm25(product_words, 0.0, 4.0, 1.0), products.id LIMIT $2"
                ),
                sqlite_expression(&words),
            ),
            Engine::Postgres => (
                concat!(
                    "SELECT ",
                    product_columns!(),
                    " FROM products, to_tsquery('simple', $1) AS wanted \
                     WHERE words @@ wanted ORDER BY ts_rank(words, wanted) DESC, products.id LIMIT $2"
                ),
                postgres_expression(&words),
            ),
        };
        let items = self
            .database
            .read(SELECT_PRODUCTS, async |connection| {
                let rows = sqlx::query(statement).bind(expression).bind(i64::from(limit)).fetch_all(connection).await?;
                rows.iter().map(store::product).collect::<Result<_, _>>()
            })
            .await?;
        Ok(ProductList { items })
    }
}

/// The words alone: whatever is neither a letter nor a digit divides them, so none of it can reach an engine's query language.
fn words(q: &str) -> Result<Vec<String>, Error> {
    if q.len() > LONGEST {
        return Err(Error::Invalid(format!("q: must be at most {LONGEST} bytes long")));
    }
    let words = q.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    match words.len() {
        1..=MOST_WORDS => Ok(words),
        0 => Err(Error::Invalid("q: must hold a word".to_owned())),
        _ => Err(Error::Invalid(format!("q: must hold at most {MOST_WORDS} words"))),
    }
}

/// Quoted, since AND, OR, NOT and NEAR are words too (<https://www.sqlite.org/fts5.html#full_text_query_syntax>).
fn sqlite_expression(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("{}*", quoted.join(" AND "))
}

/// <https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY>.
fn postgres_expression(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("{}:*", quoted.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_and_digits_reach_the_engines() {
        let words = words("  Oak-TABLE \"OR\" '1':*  \\ (café) \0").expect("words");
        assert_eq!(words, ["oak", "table", "or", "1", "café"]);
        assert_eq!(sqlite_expression(&words), r#""oak" AND "table" AND "or" AND "1" AND "café"*"#);
        assert_eq!(postgres_expression(&words), "'oak' & 'table' & 'or' & '1' & 'café':*");
    }

    #[test]
    fn what_has_no_words_or_too_many_is_refused() {
        for q in ["", " \t", "*\"'", &"a ".repeat(9), &"a".repeat(201)] {
            assert!(matches!(words(q), Err(Error::Invalid(_))), "{q:?}");
        }
    }
}
