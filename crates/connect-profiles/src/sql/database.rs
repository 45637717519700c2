//! SQLite in memory: told what tables there are, asked what a query would read, filled with that, and run.
//!
//! A query can only read: an authorizer refuses everything else when it is prepared. It has a time within which it must end,
//! and can be stopped at any time before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, params_from_iter};
use serde_json::Value;

use super::mistake::{ONLY_READS, explain};
use super::names::{Named, with_own_names};
use super::narrowing::paging;
use super::tables::{Table, holds_json, other_name};
use super::tokens::{Token, tokens};
use crate::failure::Failure;
use crate::sheet::Sheet;

/// The longest text or blob that a query may make, in bytes.
const LONGEST_VALUE: i32 = 64 * 1024 * 1024;
/// The most rows that a query may give.
const MOST_ROWS: usize = 1_000_000;
/// The most that all values of a result may hold together, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many steps of SQLite's machine lie between two looks at the clock.
const STEPS: i32 = 10_000;

/// What begins a statement that does more than read. The authorizer refuses them too; this says so before a name is wrong.
const WRITES: [&str; 19] = [
    "alter",
    "analyze",
    "attach",
    "begin",
    "commit",
    "create",
    "delete",
    "detach",
    "drop",
    "end",
    "exec",
    "insert",
    "pragma",
    "reindex",
    "release",
    "replace",
    "rollback",
    "savepoint",
    "update",
];

/// A query as it was written, and as SQLite gets it.
#[derive(Clone, Debug)]
pub struct Query {
    written: String,
    own: String,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// The tables that it names.
    pub named: Vec<Named>,
}

impl Query {
    /// Reads one statement.
    pub fn read(written: &str) -> Result<Self, Failure> {
        let tokens = tokens(written);
        let end = tokens.iter().position(|token| token.is_sign(';')).unwrap_or(tokens.len());
        if end == 0 {
            return Err(Failure::new("the query is empty")
                .hint("connect-profiles query \"SELECT security_profile_name FROM security_profiles\""));
        }
        if tokens[end..].iter().any(|token| !token.is_sign(';')) {
            return Err(Failure::new("only one statement can be run at a time"));
        }
        if WRITES.iter().any(|verb| tokens[0].is(verb)) {
            return Err(
                Failure::new(ONLY_READS).hint("profiles are changed by templates: see `export` and `plan`")
            );
        }
        let (mut own, named) = with_own_names(written, &tokens);
        for (start, end) in paging(&tokens) {
            let width = end - start;
            own.replace_range(start..end, &format!("{:width$}", 1));
        }
        Ok(Self { written: written.to_owned(), own, tokens, named })
    }

    /// The tables that get a column by another name: profiles, if they are asked, else each that is and has it.
    fn having(&self, column: &str) -> BTreeSet<Table> {
        let named: BTreeSet<Table> = self.named.iter().map(|named| named.table).collect();
        if named.contains(&Table::Profiles) {
            return BTreeSet::from([Table::Profiles]);
        }
        named.into_iter().filter(|table| table.columns().contains(&column)).collect()
    }

    fn explain(&self, error: &rusqlite::Error) -> Failure {
        let tables: Vec<Table> = self.named.iter().map(|named| named.table).collect();
        explain(error, &self.written, &tables)
    }
}

/// The database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
}

/// The columns that a query reads, by table. The empty name stands for counting rows.
pub type Reads = BTreeMap<Table, BTreeSet<String>>;

impl Database {
    /// With all tables, empty.
    pub fn new() -> Result<Self, Failure> {
        Self::open().map_err(|error| broken(&error))
    }

    fn open() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        // A text in double quotes is a mistake, not a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        for table in Table::ALL {
            let columns = table.columns().iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>();
            connection.execute_batch(&format!("CREATE TABLE {table} ({})", columns.join(", ")))?;
        }
        Ok(Self { connection })
    }

    /// What the query reads. Columns that it has by other names are added; a mistake in it is told.
    pub fn reads(&mut self, query: &Query) -> Result<Reads, Failure> {
        let mut added = BTreeSet::new();
        loop {
            let reads = Arc::new(Mutex::new(Reads::new()));
            self.guard(Some(Arc::clone(&reads))).map_err(|error| broken(&error))?;
            let prepared = self.connection.prepare(&query.own).map(drop);
            self.unguard().map_err(|error| broken(&error))?;
            let Err(error) = prepared else {
                return Ok(reads.lock().unwrap_or_else(PoisonError::into_inner).clone());
            };
            match missing(&error).filter(|(_, written)| !added.contains(&written.to_lowercase())) {
                Some((column, written)) => {
                    for table in query.having(column) {
                        let add = format!(
                            "ALTER TABLE {table} ADD COLUMN \"{written}\" GENERATED ALWAYS AS (\"{column}\") VIRTUAL",
                        );
                        self.connection.execute_batch(&add).map_err(|error| broken(&error))?;
                    }
                    added.insert(written.to_lowercase());
                }
                None => return Err(query.explain(&error)),
            }
        }
    }

    /// Adds rows to a table, under these columns.
    pub fn fill(
        &mut self,
        table: Table,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<(), Failure> {
        self.insert(table, columns, rows).map_err(|error| broken(&error))
    }

    fn insert(
        &mut self,
        table: Table,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let names = columns.join("\", \"");
            let places = vec!["?"; columns.len()].join(", ");
            let insert = format!("INSERT INTO {table} (\"{names}\") VALUES ({places})");
            let mut statement = transaction.prepare(&insert)?;
            for row in rows {
                statement.execute(params_from_iter(row.iter().map(stored)))?;
            }
        }
        transaction.commit()
    }

    /// Runs the query within `time`, or until `stop` is set.
    pub fn run(mut self, query: &Query, time: Duration, stop: Arc<AtomicBool>) -> Result<Sheet, Failure> {
        self.guard(None).map_err(|error| broken(&error))?;
        let end = Instant::now().checked_add(time);
        let is_over = move || stop.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() >= end);
        self.connection.progress_handler(STEPS, Some(is_over)).map_err(|error| broken(&error))?;
        match self.rows(query) {
            Ok(Some(sheet)) => Ok(sheet),
            Ok(None) => Err(Failure::new(format_args!(
                "the query gives more than {MOST_ROWS} rows, or more than {} MiB",
                MOST_BYTES >> 20
            ))
            .hint("limit it: LIMIT 1000")),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                Err(Failure::new(format_args!("the query ran for more than {} s", time.as_secs()))
                    .hint("is a condition missing between its tables? Else give it more time with --timeout"))
            }
            Err(error) => Err(query.explain(&error)),
        }
    }

    fn rows(&self, query: &Query) -> rusqlite::Result<Option<Sheet>> {
        let mut statement = self.connection.prepare(&query.own)?;
        let headers: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
        let is_json: Vec<bool> = headers.iter().map(|header| holds_json(header)).collect();
        let mut sheet = Sheet { columns: distinct(headers), ..Sheet::default() };
        let (mut rows, mut bytes) = (statement.query([])?, 0_usize);
        while let Some(row) = rows.next()? {
            for index in 0..is_json.len() {
                bytes += match row.get_ref(index)? {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
                    _ => 8,
                };
            }
            if sheet.rows.len() == MOST_ROWS || bytes > MOST_BYTES {
                return Ok(None);
            }
            let value = |index: usize| Ok(shown(row.get_ref(index)?, is_json[index]));
            sheet.rows.push((0..is_json.len()).map(value).collect::<rusqlite::Result<_>>()?);
        }
        Ok(Some(sheet))
    }

    /// Lets queries read and nothing else; notes what they read.
    fn guard(&mut self, reads: Option<Arc<Mutex<Reads>>>) -> rusqlite::Result<()> {
        self.connection.authorizer(Some(move |context: AuthContext<'_>| match context.action {
            AuthAction::Read { table_name, column_name } => {
                if let (Some(reads), Some(table)) = (&reads, Table::named(table_name)) {
                    let mut reads = reads.lock().unwrap_or_else(PoisonError::into_inner);
                    reads.entry(table).or_default().insert(column_name.to_owned());
                }
                Authorization::Allow
            }
            AuthAction::Function { function_name }
                if function_name.eq_ignore_ascii_case("load_extension") =>
            {
                Authorization::Deny
            }
            AuthAction::Select | AuthAction::Recursive | AuthAction::Function { .. } => Authorization::Allow,
            _ => Authorization::Deny,
        }))
    }

    fn unguard(&mut self) -> rusqlite::Result<()> {
        self.connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
    }
}

/// The column of profiles that SQLite does not find, because the query has another name for it.
fn missing(error: &rusqlite::Error) -> Option<(&'static str, String)> {
    let rusqlite::Error::SqlInputError { msg, .. } = error else { return None };
    let name = msg.strip_prefix("no such column: ")?.rsplit('.').next()?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    other_name(name).filter(|_| is_plain).map(|(column, written)| (column, written.to_owned()))
}

fn broken(error: &rusqlite::Error) -> Failure {
    Failure::new(format_args!("SQLite failed: {error}"))
}

fn stored(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::String(text) => text.clone().into(),
        Value::Bool(is_true) => i64::from(*is_true).into(),
        other => other.to_string().into(),
    }
}

/// A value of a result. What holds JSON is JSON in it.
fn shown(value: ValueRef<'_>, is_json: bool) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::from(number),
        ValueRef::Real(number) => Value::from(number),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let json = is_json.then(|| serde_json::from_str::<Value>(&text).ok()).flatten();
            json.filter(|it| it.is_array() || it.is_object()).unwrap_or_else(|| Value::from(text.as_ref()))
        }
        ValueRef::Blob(bytes) => {
            let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            Value::from(hex)
        }
    }
}

/// Each name once: a JSON object would hold the last of several.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut distinct = Vec::new();
    for name in names {
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}_{number}") };
        let free = (1..=seen.len() + 1)
            .map(numbered)
            .find(|name| !seen.contains(name))
            .unwrap_or_else(|| name.clone());
        seen.insert(free.clone());
        distinct.push(free);
    }
    distinct
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reads(text: &str) -> Result<Reads, Failure> {
        Database::new()?.reads(&Query::read(text)?)
    }

    fn run(text: &str) -> Result<Sheet, Failure> {
        let mut database = Database::new()?;
        let query = Query::read(text)?;
        database.reads(&query)?;
        let rows = [
            vec![json!("Agent"), json!("arn:1"), json!(["A", "B"])],
            vec![json!("Admin"), json!("arn:2"), json!([])],
        ];
        database.fill(Table::Profiles, &["security_profile_name", "arn", "permissions"], rows.into_iter())?;
        database.run(&query, Duration::from_millis(300), Arc::default())
    }

    #[test]
    fn only_the_columns_that_a_query_uses_are_read() {
        let of = |text| {
            let reads = reads(text).unwrap();
            reads
                .into_iter()
                .map(|(table, columns)| format!("{table}: {columns:?}"))
                .collect::<Vec<_>>()
                .join("; ")
        };
        assert_eq!(of("SELECT count(*) FROM aws.connect.security_profiles"), r#"security_profiles: {""}"#);
        assert_eq!(
            of("SELECT Name FROM security_profiles WHERE AllowedAccessControlTags <> '{}'"),
            r#"security_profiles: {"AllowedAccessControlTags", "Name"}"#
        );
        assert_eq!(of("SELECT 1"), "");
    }

    #[test]
    fn a_query_reads_and_does_nothing_else() {
        for text in [
            "DELETE FROM security_profiles",
            "INSERT INTO security_profiles (arn) VALUES ('a')",
            "UPDATE security_profiles SET arn = 'a'",
            "ATTACH '/tmp/x.db' AS x",
            "PRAGMA journal_mode = wal",
            "CREATE TABLE x (a)",
            "DROP TABLE security_profiles",
            "SELECT load_extension('x')",
            "VACUUM INTO '/tmp/x.db'",
            "BEGIN",
        ] {
            let failure = run(text).unwrap_err().to_string();
            assert!(failure.contains("only read") || failure.contains("not authorized"), "{text}: {failure}");
        }
        let failure = run("SELECT 1; SELECT 2").unwrap_err();
        assert_eq!(failure.to_string(), "only one statement can be run at a time");
        assert_eq!(run(" -- nothing").unwrap_err().to_string(), "the query is empty");
    }

    #[test]
    fn a_query_that_does_not_end_is_ended() {
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        assert!(run(endless).unwrap_err().to_string().contains("ran for more than"));
    }

    #[test]
    fn a_result_that_is_too_large_is_refused() {
        let large = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) \
            SELECT zeroblob(16000000) FROM n";
        assert!(run(large).unwrap_err().to_string().contains("more than 64 MiB"));
    }

    #[test]
    fn lists_are_json_in_the_result_and_can_be_asked_as_such() {
        let sheet =
            run("SELECT Name, permissions, Arn AS Name FROM security_profiles ORDER BY 1 DESC LIMIT 1")
                .unwrap();
        assert_eq!(sheet.columns, ["Name", "permissions", "Name_2"]);
        assert_eq!(sheet.rows, [vec![json!("Agent"), json!(["A", "B"]), json!("arn:1")]]);
        let sheet = run("SELECT name, value FROM security_profiles, json_each(permissions)").unwrap();
        assert_eq!(sheet.rows.len(), 2);
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_what_was_meant() {
        for (text, message) in [
            (
                "SELECT nme FROM security_profiles",
                "no such column: nme\n  |\n1 | SELECT nme FROM security_profiles\n  |        ^",
            ),
            ("SELECT *\nFROM profiles", "no such table: profiles"),
            ("SELEC 1", "near \"SELEC\": syntax error\n  |\n1 | SELEC 1\n  | ^"),
        ] {
            let failure = run(text).unwrap_err().to_string();
            assert!(failure.starts_with(message), "{failure}");
        }
    }
}
