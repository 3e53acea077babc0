//! Every message of the derives, and of the compiler where a resource is registered, as the compiler shows it.
//! `TRYBUILD=overwrite cargo test -p tfplug-derive --test ui` writes the texts anew.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// What two structs say about one attribute. The compiler only sees both as it makes code, hence the file that passes.
#[test]
fn structs_that_do_not_fit_are_refused_where_the_resource_is_registered() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/registered/fine/sound.rs");
    cases.compile_fail("tests/ui/registered/*.rs");
}
