//! `completions`: what a shell needs to complete this program's commands and options.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::print;
use crate::surroundings::Surroundings;

/// Write the completions of a shell
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  connect-profiles completions bash > ~/.local/share/bash-completion/completions/connect-profiles
  connect-profiles completions zsh > ~/.zfunc/_connect-profiles
  connect-profiles completions fish > ~/.config/fish/completions/connect-profiles.fish

Exit codes:
  0  written")]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Runs it.
pub fn run(arguments: &Arguments, _: &Surroundings) -> Result<Exit, Failure> {
    let mut command = crate::arguments::Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, name, &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
