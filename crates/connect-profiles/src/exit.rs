//! What a command says by its exit code.

use std::process::ExitCode;

/// The end of a command that did its work. What it could not do is a [`Failure`](crate::failure::Failure), with code 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// 0: done; of `plan` and `drift`: nothing to do.
    Done,
    /// 1: there are mistakes, which were shown.
    Mistakes,
    /// 2: `plan` and `drift` found changes.
    Changes,
    /// 130: stopped by Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Mistakes => Self::FAILURE,
            Exit::Changes => Self::from(2),
            Exit::Interrupted => Self::from(130),
        }
    }
}
