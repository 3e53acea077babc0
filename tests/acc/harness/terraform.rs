//! Which Terraforms the tests run with.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use xtask::terraform::{Product, TerraformError};

/// A Terraform executable.
#[derive(Debug, Clone)]
pub(crate) struct Terraform {
    executable: PathBuf,
    product: Product,
    /// Such as `1.15.5`.
    version: String,
}

/// What only some versions can do, with the first minor version of each product that can.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature {
    name: &'static str,
    /// The first Terraform: 8 for 1.8.
    terraform: u32,
    /// The first OpenTofu, if there is one.
    tofu: Option<u32>,
}

const fn feature(name: &'static str, terraform: u32, tofu: Option<u32>) -> Feature {
    Feature { name, terraform, tofu }
}

/// `removed` blocks with a `lifecycle` block.
pub(crate) const REMOVED: Feature = feature("`removed` blocks", 7, Some(10));
/// `import` blocks with `for_each`.
pub(crate) const IMPORT_FOR_EACH: Feature = feature("`import` blocks with `for_each`", 7, Some(7));
/// `terraform test` with `mock_provider`.
pub(crate) const MOCKS: Feature = feature("mock providers", 7, Some(8));
/// `moved` blocks from one type of resource to another.
pub(crate) const MOVES: Feature = feature("moves between types of resources", 8, Some(10));
/// `provider::atlan::…`.
pub(crate) const FUNCTIONS: Feature = feature("provider functions", 8, Some(7));
/// The same without settings for the provider.
pub(crate) const OFFLINE_FUNCTIONS: Feature = feature("provider functions without settings", 8, Some(11));
/// What `required_version` of the example modules allows.
pub(crate) const MODULES: Feature = feature("the example modules", 8, Some(8));
/// Ephemeral resources.
pub(crate) const EPHEMERAL: Feature = feature("ephemeral resources", 10, Some(11));
/// Arguments that are never stored.
pub(crate) const WRITE_ONLY: Feature = feature("write-only arguments", 11, Some(11));
/// Import blocks with an identity in place of an ID.
pub(crate) const IDENTITY: Feature = feature("import by identity", 12, Some(12));
/// `terraform query`.
pub(crate) const QUERY: Feature = feature("list resources", 14, None);

/// Actions.
pub(crate) const ACTIONS: Feature = feature("actions", 14, None);

impl Terraform {
    /// The default one: named by a variable, on the `PATH`, or installed.
    pub(crate) fn on_path() -> Self {
        static FOUND: OnceLock<Terraform> = OnceLock::new();
        FOUND.get_or_init(|| Self::usable(xtask::terraform::find())).clone()
    }

    /// The oldest minor release we support.
    pub(crate) fn v1_6() -> Self {
        static FOUND: OnceLock<Terraform> = OnceLock::new();
        FOUND.get_or_init(|| Self::usable(xtask::terraform::install("1.6"))).clone()
    }

    /// The first minor release whose `terraform test` keeps one provider for several walks.
    pub(crate) fn v1_13() -> Self {
        static FOUND: OnceLock<Terraform> = OnceLock::new();
        FOUND.get_or_init(|| Self::usable(xtask::terraform::install("1.13"))).clone()
    }

    /// The newest minor release we know.
    pub(crate) fn v1_15() -> Self {
        static FOUND: OnceLock<Terraform> = OnceLock::new();
        FOUND.get_or_init(|| Self::usable(xtask::terraform::install("1.15"))).clone()
    }

    pub(crate) fn executable(&self) -> &Path {
        &self.executable
    }

    /// The host of a provider's address that names none.
    pub(crate) fn registry(&self) -> &'static str {
        match self.product {
            Product::Terraform => "registry.terraform.io",
            Product::OpenTofu => "registry.opentofu.org",
        }
    }

    /// Whether this version can't do something. If so, the test says that it is skipped, for `cargo xtask compat`, and
    /// has to return.
    #[must_use]
    pub(crate) fn lacks(&self, feature: Feature) -> bool {
        let first = match self.product {
            Product::Terraform => Some(feature.terraform),
            Product::OpenTofu => feature.tofu,
        };
        let minor: u32 = self.version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap();
        let reason = match first {
            Some(first) if minor >= first => return false,
            Some(first) => format!("{}, known from {} 1.{first} on", feature.name, self.product),
            None => format!("{}, not known to {}", feature.name, self.product),
        };
        println!("skipped: {reason}");
        true
    }

    fn usable(found: Result<PathBuf, TerraformError>) -> Self {
        let executable = found.unwrap_or_else(|error| panic!("no Terraform to test with: {error}"));
        let (product, version) = xtask::terraform::version(&executable).unwrap();
        Self { executable, product, version }
    }
}

/// Makes tests of functions that take a `&Terraform`: `path::…` with the Terraform on the PATH, `v1_15::…` with 1.15.
macro_rules! each_terraform {
    ($($test:ident),+ $(,)?) => {
        mod path {
            $(#[test]
            fn $test() {
                super::$test(&crate::harness::Terraform::on_path());
            })+
        }
        mod v1_15 {
            $(#[test]
            fn $test() {
                super::$test(&crate::harness::Terraform::v1_15());
            })+
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
