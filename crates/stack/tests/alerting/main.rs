//! Alertmanager itself says who hears of which alert, which alert keeps which quiet, and what the notifications say.

mod alertmanager;
mod inhibitions;
mod listener;
mod notifications;
mod routes;
