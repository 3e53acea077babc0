//! Every message of the derives, as the compiler shows it. `TRYBUILD=overwrite cargo test -p tfplug-derive --test ui`
//! writes the texts anew.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
