//! The settings file as `init` writes it: the manual, with the values that were given standing in it.

use super::value::Proof;

/// The manual with every key commented out.
const MANUAL: &str = include_str!("rejoinder.toml");

/// What is known when a data folder is made. What is `None` stays at its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// `[server] domain`.
    pub domain: Option<String>,
    /// `[smtp] listen`.
    pub smtp_listen: Option<String>,
    /// `[smtp] local_listen`.
    pub local_listen: Option<String>,
    /// `[smtp] lmtp_listen`.
    pub lmtp_listen: Option<String>,
    /// `[relay] url`.
    pub relay: Option<String>,
    /// `[trust] proof`.
    pub proof: Option<Proof>,
    /// `[web] listen`.
    pub web_listen: Option<String>,
    /// `[web] url`.
    pub web_url: Option<String>,
}

impl super::Config {
    /// The text of a settings file in which `given` is set and everything else explained.
    pub fn template(given: &Given) -> String {
        let values = given.values();
        let mut section = "";
        let mut text = String::with_capacity(MANUAL.len() + 256);
        for line in MANUAL.lines() {
            section = section_of(line).unwrap_or(section);
            let set = key_of(line).and_then(|key| values.iter().find(|one| one.0 == section && one.1 == key));
            match set {
                Some((_, key, value)) => text.push_str(&format!("{key} = {value}")),
                None => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}

impl Given {
    /// Section, key and TOML value of what is given.
    fn values(&self) -> Vec<(&'static str, &'static str, String)> {
        let proof = self.proof.map(|proof| match proof {
            Proof::Off => "off".to_owned(),
            Proof::Preferred => "preferred".to_owned(),
            Proof::Required => "required".to_owned(),
        });
        let all = [
            ("server", "domain", &self.domain),
            ("smtp", "listen", &self.smtp_listen),
            ("smtp", "local_listen", &self.local_listen),
            ("smtp", "lmtp_listen", &self.lmtp_listen),
            ("relay", "url", &self.relay),
            ("trust", "proof", &proof),
            ("web", "listen", &self.web_listen),
            ("web", "url", &self.web_url),
        ];
        let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
        all.into_iter().filter_map(|(section, key, value)| Some((section, key, quoted(value.as_ref()?)))).collect()
    }
}

/// The section that `line` begins, if it does.
fn section_of(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// The key that `line` sets or offers: `key = …` or `# key = …`.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_key.then_some(key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;

    /// Section and key of each setting in `text`, in order.
    fn offered(text: &str) -> Vec<(String, String)> {
        let mut section = String::new();
        let mut found = Vec::new();
        for line in text.lines() {
            section = section_of(line).map_or(section, str::to_owned);
            found.extend(key_of(line).map(|key| (section.clone(), key.to_owned())));
        }
        found
    }

    /// The keys that the struct of a section has: what serde says it expected when it is given a stranger.
    fn keys_of(section: &str) -> BTreeSet<String> {
        let text = if section.is_empty() { "zzz = 1".to_owned() } else { format!("[{section}]\nzzz = 1") };
        let (_, what) = Config::parse(&text).unwrap_err();
        let listed = what.split_once("expected ").unwrap().1;
        listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_manual_offers_every_key_exactly_once() {
        let offered = offered(MANUAL);
        let once: BTreeSet<_> = offered.iter().cloned().collect();
        assert_eq!(once.len(), offered.len(), "a key stands twice");
        let mut expected = BTreeSet::new();
        for section in keys_of("") {
            expected.extend(keys_of(&section).into_iter().map(|key| (section.clone(), key)));
        }
        assert!(expected.len() > 30, "{expected:?}");
        assert_eq!(once, expected);
    }

    #[test]
    fn the_defaults_in_the_manual_are_the_true_ones() {
        let all: Vec<_> = MANUAL.lines().map(|line| if key_of(line).is_some() { &line[2..] } else { line }).collect();
        assert_eq!(Config::parse(&all.join("\n")).unwrap(), Config::default());
        assert_eq!(Config::parse(MANUAL).unwrap(), Config::default());
    }

    #[test]
    fn every_key_comes_after_a_comment_and_fits_a_screen() {
        let lines: Vec<_> = MANUAL.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            assert!(line.len() <= 120, "line {} is long", at + 1);
            if key_of(line).is_some() {
                let before = lines[at - 1];
                assert!(before.starts_with("# ") && key_of(before).is_none(), "line {}: {line}", at + 1);
            }
        }
    }

    #[test]
    fn what_is_given_is_set_in_place_of_its_default() {
        let given = Given {
            domain: Some("lists.example".to_owned()),
            smtp_listen: Some("0.0.0.0:25".to_owned()),
            local_listen: Some("127.0.0.1:2526".to_owned()),
            lmtp_listen: Some("[::1]:24".to_owned()),
            relay: Some("smtps://a:\"b\\@mail.example:465".to_owned()),
            proof: Some(Proof::Off),
            web_listen: Some("127.0.0.1:8080".to_owned()),
            web_url: Some("https://lists.example".to_owned()),
        };
        let text = Config::template(&given);
        assert_eq!(offered(&text), offered(MANUAL));
        let config = Config::parse(&text).unwrap();
        assert_eq!(config.server.domain, "lists.example");
        assert_eq!(config.smtp.listen.unwrap().to_string(), "0.0.0.0:25");
        assert_eq!(config.smtp.local_listen.unwrap().port(), 2526);
        assert_eq!(config.smtp.lmtp_listen.unwrap().port(), 24);
        assert_eq!(config.relay.url.expose(), "smtps://a:\"b\\@mail.example:465");
        assert_eq!(config.trust.proof, Proof::Off);
        assert_eq!(config.web.listen.unwrap().port(), 8080);
        assert_eq!(config.web.url().as_deref(), Some("https://lists.example"));
    }

    #[test]
    fn nothing_given_is_the_manual_itself() {
        assert_eq!(Config::template(&Given::default()), MANUAL);
    }
}
