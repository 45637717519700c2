//! SQL over profiles: the query is asked what it reads, only that is read, and SQLite answers it from memory.
//!
//! [`tokens`] reads the text, [`names`] makes StackQL's, Datadog's and Steampipe's names of tables ours, [`narrowing`] finds
//! what the query is limited to, [`tables`] says what tables there are, and [`database`] runs it.

pub mod database;
pub mod mistake;
pub mod names;
pub mod narrowing;
pub mod tables;
pub mod tokens;
