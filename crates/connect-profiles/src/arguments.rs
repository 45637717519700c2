//! The command line. What belongs to one command alone stands in that command's module.

use anstream::ColorChoice;
use clap::{Args, Parser, ValueEnum};

use crate::commands::Command;
use crate::endpoint::is_url;

/// See Amazon Connect security profiles before they are deployed, and know what is there.
#[derive(Debug, Parser)]
#[command(name = "connect-profiles", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where Connect is.
    #[command(flatten)]
    pub connection: Connection,
    /// When to use colours; `NO_COLOR` is heeded
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,
}

/// Where Connect is, and as whom it is called.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The embedded Connect with its default profiles: no account is needed, nothing is kept
    #[arg(long, global = true, conflicts_with_all = ["endpoint_url", "profile"])]
    pub local: bool,
    /// Another endpoint for Connect, such as that of `connect-profiles emulate`
    #[arg(long, global = true, value_name = "URL", value_parser = url)]
    pub endpoint_url: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The AWS region
    #[arg(long, global = true)]
    pub region: Option<String>,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always, also in a pipe or a file.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it so for all that is written from now on.
    pub fn write_global(self) {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
        .write_global();
    }
}

/// Where a service may be called.
pub fn url(text: &str) -> Result<String, String> {
    is_url(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "expected a URL such as http://127.0.0.1:8110".to_owned())
}
