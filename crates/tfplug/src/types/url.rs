//! URLs are the `url` crate's type, which is [`Text`] under the feature `url`. Letters of scheme and host in other case,
//! a port that goes without saying and the `/` of an empty path make no difference.

use std::borrow::Cow;

use url::Url;

use super::Text;

impl Text for Url {
    const RULE: &'static str = "an absolute URL such as `https://example.com/path`";

    fn parse(text: &str) -> Result<Self, String> {
        // Outer white space would be dropped without a word.
        if text.trim() != text {
            return Err("It must not begin or end with white space.".to_owned());
        }
        // The text may hold a password, so it is not repeated.
        Url::parse(text).map_err(|error| format!("It must be {}: {error}.", <Self as Text>::RULE))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Url {
        <Url as Text>::parse(text).expect(text)
    }

    #[test]
    fn spellings_of_one_url_mean_the_same() {
        for text in ["HTTPS://Example.com", "https://example.com:443/", "https://example.com/./"] {
            assert!(read("https://example.com/").same(&read(text)), "{text}");
        }
        for text in [
            "http://example.com/",
            "https://example.com/A",
            "https://example.com/?",
            "https://example.com:80/",
        ] {
            assert!(!read("https://example.com/").same(&read(text)), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        for text in [
            "",
            "example.com/path",
            "/path",
            "https://",
            " https://example.com",
            "https://u:hunter2@ex ample",
        ] {
            let problem = <Url as Text>::parse(text).expect_err(text);
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
