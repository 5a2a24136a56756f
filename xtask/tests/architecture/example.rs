//! The example of a new signal is a change that can be made to this very tree, and touches no more than the page says.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

const PAGE: &str = "docs/adding-a-signal.md";

#[test]
fn the_example_of_a_new_signal_applies_and_touches_three_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join(PAGE)).expect("the page");
    let (_, rest) = page.split_once("```diff\n").expect("a diff");
    let (diff, _) = rest.split_once("```").expect("the diff's end");
    let touched: Vec<_> = diff.lines().filter_map(|line| line.strip_prefix("+++ b/")).collect();
    let [service, watching, declaration] = touched.as_slice() else { panic!("{touched:?} are not three files") };
    assert!(service.starts_with("crates/orders/src/"), "{service} is no place of recording");
    assert!(watching.starts_with("crates/shop-monitoring/src/"), "{watching} is not in shop-monitoring");
    assert!(declaration.starts_with("crates/shop/src/signals/"), "{declaration} holds no declaration");

    let mut git = Command::new("git")
        .args(["apply", "--check", "-"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git");
    git.stdin.take().expect("its input").write_all(diff.as_bytes()).expect("git reads");
    let output = git.wait_with_output().expect("git ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{PAGE} no longer fits; make its change again and show that:\n{said}");
}
