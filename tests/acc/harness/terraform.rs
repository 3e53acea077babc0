//! Which Terraforms the tests run with.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A Terraform executable.
#[derive(Debug, Clone)]
pub(crate) struct Terraform {
    executable: PathBuf,
}

impl Terraform {
    /// The default one: named by a variable, on the `PATH`, or installed.
    pub(crate) fn on_path() -> Self {
        static FOUND: OnceLock<PathBuf> = OnceLock::new();
        Self { executable: FOUND.get_or_init(|| usable(xtask::terraform::find())).clone() }
    }

    /// The oldest minor release we support.
    pub(crate) fn v1_6() -> Self {
        static FOUND: OnceLock<PathBuf> = OnceLock::new();
        Self { executable: FOUND.get_or_init(|| usable(xtask::terraform::install("1.6"))).clone() }
    }

    /// The first minor release whose `terraform test` keeps one provider for several walks.
    pub(crate) fn v1_13() -> Self {
        static FOUND: OnceLock<PathBuf> = OnceLock::new();
        Self { executable: FOUND.get_or_init(|| usable(xtask::terraform::install("1.13"))).clone() }
    }

    /// The newest minor release we know.
    pub(crate) fn v1_15() -> Self {
        static FOUND: OnceLock<PathBuf> = OnceLock::new();
        Self { executable: FOUND.get_or_init(|| usable(xtask::terraform::install("1.15"))).clone() }
    }

    pub(crate) fn executable(&self) -> &Path {
        &self.executable
    }
}

fn usable(found: Result<PathBuf, xtask::terraform::TerraformError>) -> PathBuf {
    found.unwrap_or_else(|error| panic!("no Terraform to test with: {error}"))
}

/// Makes tests of functions that take a `&Terraform`: `path::…` with the Terraform on the PATH, `v1_15::…` with 1.15.
/// Those after the semicolon need 1.12 or later and run with 1.15 only.
macro_rules! each_terraform {
    ($($both:ident),* $(,)? $(; $($newest:ident),+ $(,)?)?) => {
        mod path {
            $(#[test]
            fn $both() {
                super::$both(&crate::harness::Terraform::on_path());
            })*
        }
        mod v1_15 {
            $(#[test]
            fn $both() {
                super::$both(&crate::harness::Terraform::v1_15());
            })*
            $($(#[test]
            fn $newest() {
                super::$newest(&crate::harness::Terraform::v1_15());
            })+)?
        }
    };
}
pub(crate) use each_terraform;

/// Makes tests of functions that take a `&Terraform`, one for each function and each of the named Terraforms.
macro_rules! with_terraforms {
    ([$($version:ident),+] $tests:tt) => {
        $(mod $version {
            crate::harness::with_terraforms!(@ $version $tests);
        })+
    };
    (@ $version:ident { $($test:ident),+ $(,)? }) => {
        $(#[test]
        fn $test() {
            super::$test(&crate::harness::Terraform::$version());
        })+
    };
}
pub(crate) use with_terraforms;
