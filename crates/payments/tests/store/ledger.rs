//! What the ledger allows, and that each step counts once however often it is asked for.

use payments::{Decision, Error, Store};
use shop::{
    ids::OrderId,
    messages::{PaymentMethod, PaymentRecord, PaymentState},
    money::{Currency, Money},
    services::ServiceName,
};
use telemetry::db::Engine;

use crate::fixture::{self, Fresh, on_both_engines};

const PRICE: Money = Money::new(1_999, Currency::Eur);

struct Provider {
    store: Store,
    _fresh: Fresh,
}

impl Provider {
    async fn fresh(engine: Engine) -> Self {
        fixture::record(ServiceName::Payments);
        let fresh = Fresh::database(engine).await;
        Self { store: Store::open(&fresh.url).await.expect("opens"), _fresh: fresh }
    }

    async fn authorise(&self, key: &OrderId) -> Result<PaymentRecord, Error> {
        self.store.authorise(key, PRICE, PaymentMethod::Card, Decision::Authorise).await
    }
}

#[track_caller]
fn assert_state(result: Result<PaymentRecord, Error>, state: PaymentState) {
    assert_eq!(result.expect("comes true").state, state);
}

#[track_caller]
fn assert_closed(result: Result<PaymentRecord, Error>) {
    assert!(matches!(result, Err(Error::Closed(_))), "{result:?}");
}

on_both_engines! {
    async fn money_is_set_aside_and_taken_once(provider: Provider) {
        let key = OrderId::new();
        assert!(matches!(provider.store.get(&key).await, Err(Error::NotFound(_))));
        assert!(matches!(provider.store.capture(&key).await, Err(Error::NotFound(_))));
        for _ in 0..2 {
            let record = provider.authorise(&key).await.expect("authorises");
            assert_eq!(record, PaymentRecord { key: key.clone(), state: PaymentState::Authorised, amount: Some(PRICE) });
        }
        for _ in 0..2 {
            assert_state(provider.store.capture(&key).await, PaymentState::Captured);
        }
        assert_closed(provider.store.void(&key).await);
        assert_closed(provider.authorise(&key).await);
        assert_state(provider.store.get(&key).await, PaymentState::Captured);
    }

    async fn money_is_let_go_once(provider: Provider) {
        let key = OrderId::new();
        provider.authorise(&key).await.expect("authorises");
        for _ in 0..2 {
            let record = provider.store.void(&key).await.expect("voids");
            assert_eq!((record.state, record.amount), (PaymentState::Voided, Some(PRICE)));
        }
        assert_closed(provider.store.capture(&key).await);
        assert_closed(provider.authorise(&key).await);
    }

    async fn a_void_that_overtakes_the_authorisation_wins(provider: Provider) {
        let key = OrderId::new();
        for _ in 0..2 {
            let record = provider.store.void(&key).await.expect("voids");
            assert_eq!((record.state, record.amount), (PaymentState::Voided, None));
        }
        assert_closed(provider.authorise(&key).await);
        assert_closed(provider.store.capture(&key).await);
    }

    async fn what_is_declined_stays_declined(provider: Provider) {
        let key = OrderId::new();
        let declined = provider.store.authorise(&key, PRICE, PaymentMethod::Card, Decision::Decline).await;
        assert!(matches!(declined, Err(Error::Declined(_))));
        assert!(matches!(provider.authorise(&key).await, Err(Error::Declined(_))));
        assert_closed(provider.store.capture(&key).await);
        assert_state(provider.store.void(&key).await, PaymentState::Declined);
        assert_state(provider.store.get(&key).await, PaymentState::Declined);
    }

    async fn a_key_stands_for_one_amount_and_one_method(provider: Provider) {
        let key = OrderId::new();
        provider.authorise(&key).await.expect("authorises");
        let dearer = Money::new(2_000, Currency::Eur);
        let foreign = Money::new(1_999, Currency::Usd);
        for (amount, method) in
            [(dearer, PaymentMethod::Card), (foreign, PaymentMethod::Card), (PRICE, PaymentMethod::Wallet)]
        {
            let refused = provider.store.authorise(&key, amount, method, Decision::Authorise).await;
            assert!(matches!(refused, Err(Error::KeyReused(_))), "{amount:?} {method:?}: {refused:?}");
        }
        assert_eq!(provider.store.get(&key).await.expect("is there").amount, Some(PRICE));
    }

    async fn capture_and_void_at_the_same_time_agree(provider: Provider) {
        for _ in 0..20 {
            let key = OrderId::new();
            provider.authorise(&key).await.expect("authorises");
            let (captured, voided) = tokio::join!(provider.store.capture(&key), provider.store.void(&key));
            let state = provider.store.get(&key).await.expect("is there").state;
            assert_eq!(captured.is_ok(), state == PaymentState::Captured, "{captured:?} {voided:?}");
            assert_eq!(voided.is_ok(), state == PaymentState::Voided, "{captured:?} {voided:?}");
        }
    }
}

/// The series are one for the whole process: no other test pays by bank transfer, and the engines take turns.
#[tokio::test]
async fn each_transition_is_counted_once() {
    let counted = |event: &str, method: &str| {
        let scrape = String::from_utf8(telemetry::exposition().expect("scrapes")).expect("text");
        let series = format!("payments_total{{event=\"{event}\",payment_method=\"{method}\"}} ");
        let line = scrape.lines().find_map(|line| line.strip_prefix(&series));
        line.expect("there from the start").parse::<f64>().expect("a number")
    };
    let all = || ["authorised", "declined", "captured", "voided"].map(|event| counted(event, "bank_transfer"));
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let provider = Provider::fresh(engine).await;
        let before = all();
        let (captured, voided, declined) = (OrderId::new(), OrderId::new(), OrderId::new());
        for _ in 0..2 {
            for (key, decision) in
                [(&captured, Decision::Authorise), (&voided, Decision::Authorise), (&declined, Decision::Decline)]
            {
                let _ = provider.store.authorise(key, PRICE, PaymentMethod::BankTransfer, decision).await;
            }
        }
        for _ in 0..2 {
            provider.store.capture(&captured).await.expect("captures");
            provider.store.void(&voided).await.expect("voids");
        }
        let after = all();
        let grown: Vec<f64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(grown, [2.0, 1.0, 1.0, 1.0], "{engine:?}");
    }
}
