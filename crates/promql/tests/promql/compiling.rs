//! The obvious mistakes do not compile, and the compiler says why.

#[test]
fn obvious_mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
