use std::{fs, time::Instant};
use monitoring::trials::{Rules, Trial, Duty};
use shop_monitoring::{Place, healthy};
#[test]
fn scratch() {
    let a = fs::read_to_string("/tmp/tt/host/recording.yml").unwrap();
    let b = fs::read_to_string("/tmp/tt/host/alerts.yml").unwrap();
    let rules = Rules::read([a.as_str(), b.as_str()]).unwrap();
    let world = healthy::world(&Place::local());
    let begun = Instant::now();
    let mut trials = Vec::new();
    let d: &[Duty] = &[];
    for alert in rules.alerts() {
        let begun = Instant::now();
        match Trial::of(alert, &rules, &world, d) { Ok(t) => {eprintln!("OK {} {:.2}", alert.name, begun.elapsed().as_secs_f64()); trials.push(t)}, Err(e) => eprintln!("ERR {e} {:.2}", begun.elapsed().as_secs_f64()) }
    }
    eprintln!("MADE {:?}", begun.elapsed());
    for t in &trials {
        let begun = Instant::now();
        let f = crate::play(std::slice::from_ref(t), &rules);
        eprintln!("RAN {} {:.2}", t.alert, begun.elapsed().as_secs_f64());
        for f in f { eprintln!("{f}"); }
    }
}
