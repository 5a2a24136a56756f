//! The labels that queries group by and match on.

use promql::{By, Key, label_keys, target_labels};
use shop::{
    messages::{Category, OrderStatus, PaymentMethod},
    money::Currency,
    signals::{
        catalog::{Product, ProductName, StockState},
        orders::CheckoutOutcome,
        payments::PaymentEvent,
    },
};
use signals::{db, errors, faults, http, monitoring};

use crate::foreign::{
    alertmanager::{AlertmanagerState, FailureReason, Integration},
    prometheus::RuleGroup,
};

target_labels! {
    /// Which service.
    pub Service = "service";
    /// Which process of it.
    pub Instance = "instance";
    /// Where it runs.
    pub Environment = "environment";
    /// Which group of targets.
    pub Job = "job";
}

label_keys! {
    /// An alert's name.
    pub AlertName = "alertname";
    /// Whether an alert fires, or waits for its time to come.
    pub AlertState = "alertstate";
    /// How urgent an alert is.
    pub Severity = "severity";
    /// Who is told of an alert.
    pub Owner = "owner";
    /// What an alert is about.
    pub Topic = "topic";
}

pub const SERVICE: Key<Service> = Key::new();
pub const INSTANCE: Key<Instance> = Key::new();
pub const ENVIRONMENT: Key<Environment> = Key::new();
pub const JOB: Key<Job> = Key::new();

pub const ALERT_NAME: Key<AlertName> = Key::new();
pub const ALERT_STATE: Key<AlertState> = Key::new();
pub const SEVERITY: Key<Severity> = Key::new();

pub const TOPIC: Key<Topic> = Key::new();

pub const ROUTE: Key<http::Route> = Key::new();
pub const METHOD: Key<http::Method> = Key::new();
pub const STATUS_CODE: Key<http::StatusCode> = Key::new();
pub const PEER: Key<http::Peer> = Key::new();
pub const ERROR_TYPE: Key<errors::ErrorType> = Key::new();
pub const FAULT_KIND: Key<faults::FaultKind> = Key::new();
pub const OPERATION: Key<db::Operation> = Key::new();
pub const COLLECTION: Key<db::Collection> = Key::new();
/// How a statement failed.
pub const FAILURE: Key<db::Failure> = Key::new();
pub const POOL: Key<db::Pool> = Key::new();
pub const CONNECTION_STATE: Key<db::ConnectionState> = Key::new();

pub const VERSION: Key<monitoring::Version> = Key::new();
pub const ORDER_STATUS: Key<OrderStatus> = Key::new();
pub const PAYMENT_METHOD: Key<PaymentMethod> = Key::new();
pub const PAYMENT_EVENT: Key<PaymentEvent> = Key::new();
pub const CURRENCY: Key<Currency> = Key::new();
pub const CATEGORY: Key<Category> = Key::new();
pub const PRODUCT: Key<Product> = Key::new();
pub const PRODUCT_NAME: Key<ProductName> = Key::new();
pub const STOCK_STATE: Key<StockState> = Key::new();
pub const CHECKOUT_OUTCOME: Key<CheckoutOutcome> = Key::new();

pub const SIGNAL: Key<monitoring::ExportedSignal> = Key::new();
pub const ROAD: Key<monitoring::Road> = Key::new();
pub const ROAD_RESULT: Key<monitoring::DeliveryResult> = Key::new();

pub const RULE_GROUP: Key<RuleGroup> = Key::new();
pub const INTEGRATION: Key<Integration> = Key::new();
pub const FAILURE_REASON: Key<FailureReason> = Key::new();
pub const ALERTMANAGER_STATE: Key<AlertmanagerState> = Key::new();

/// A target of Prometheus.
pub const BY_TARGET: (Key<Environment>, Key<Service>, Key<Job>, Key<Instance>) = (ENVIRONMENT, SERVICE, JOB, INSTANCE);

/// A service in one place.
pub type ByService = By<(Environment, Service)>;
pub const BY_SERVICE: (Key<Environment>, Key<Service>) = (ENVIRONMENT, SERVICE);

/// A route of a service in one place.
pub type ByRoute = By<(Environment, Service, http::Route)>;
pub const BY_ROUTE: (Key<Environment>, Key<Service>, Key<http::Route>) = (ENVIRONMENT, SERVICE, ROUTE);

/// A host in one place.
pub type ByHost = By<(Environment, Instance)>;
pub const BY_HOST: (Key<Environment>, Key<Instance>) = (ENVIRONMENT, INSTANCE);

/// A process of a service.
pub type ByProcess = By<(Environment, Service, Instance)>;
pub const BY_PROCESS: (Key<Environment>, Key<Service>, Key<Instance>) = (ENVIRONMENT, SERVICE, INSTANCE);
