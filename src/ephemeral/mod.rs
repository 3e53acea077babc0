//! Ephemeral resources, one file each: values for one run, which no plan and no state holds.

mod api_token;

pub use api_token::ApiToken;
