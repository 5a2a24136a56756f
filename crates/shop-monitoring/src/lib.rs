//! placeholder
mod collecting;
mod place;
pub mod routing;
pub mod scraping;

pub use monitoring::File;
pub use place::Place;

/// Every rendered file.
///
/// # Errors
/// When a definition is refused.
pub fn files(place: &Place) -> Result<Vec<File>, String> {
    Ok(vec![scraping::file(place)?, collecting::collector(place)?, collecting::jaeger(place)?, routing::file(place)?])
}
