//! The log: lines on standard error, with dotted fields and units in their names. Never a mail's text; addresses only
//! masked.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The environment variable that overrides the level, for once and without editing.
pub const LEVEL: &str = "REJOINDER_LOG";

/// Starts the log at `level` (`error` to `trace`), or at what [`LEVEL`] in the environment says: a level, or such as
/// `rejoinder::deliver=debug`. A word there that is neither is told on standard error and passed over. A second call
/// does nothing.
pub fn start(level: &str) {
    let asked = std::env::var(LEVEL).ok().filter(|text| !text.is_empty());
    let filter = asked.and_then(|text| filter_from(&text)).or_else(|| filter_from(level)).unwrap_or_default();
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    // It fails only where a log is already running, as in tests.
    let _ = log.try_init();
}

/// A level is ours alone: of the libraries underneath only warnings are heard, since they mask no addresses.
fn filter_from(text: &str) -> Option<EnvFilter> {
    let directives = match text {
        "error" => "error".to_owned(),
        "warn" | "info" | "debug" | "trace" => format!("warn,rejoinder={text}"),
        other => format!("warn,{other}"),
    };
    match EnvFilter::try_new(&directives) {
        Ok(filter) => Some(filter),
        Err(_) => {
            eprintln!("`{text}` is no log level; write error, warn, info, debug or trace");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_us_and_the_libraries_only_warn() {
        assert_eq!(filter_from("error").unwrap().to_string(), "error");
        let debug = filter_from("debug").unwrap().to_string();
        assert!(debug.contains("rejoinder=debug") && debug.contains("warn"), "{debug}");
    }

    #[test]
    fn one_room_alone_can_be_turned_up() {
        let one = filter_from("rejoinder::deliver=trace").unwrap().to_string();
        assert!(one.contains("rejoinder::deliver=trace"), "{one}");
        assert!(filter_from("=!=").is_none());
    }
}
