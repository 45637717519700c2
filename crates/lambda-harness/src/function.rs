//! A function's process, with the environment that Lambda gives and no other.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::RuntimeApi;

/// A running `bootstrap`. It is killed when it is dropped.
pub struct Function {
    child: Mutex<Child>,
    logs: Arc<Mutex<Vec<u8>>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
}

impl Function {
    /// Starts the binary at `path`. Its environment is Lambda's own variables and those given, which win.
    ///
    /// # Panics
    /// When the binary cannot be started.
    pub fn spawn(path: impl AsRef<Path>, runtime_api: &RuntimeApi, environment: &[(&str, String)]) -> Self {
        Self::spawn_with(path, &[], runtime_api, environment)
    }

    /// As [`Function::spawn`], with arguments: a runtime that is told what to run.
    ///
    /// # Panics
    /// When the binary cannot be started.
    pub fn spawn_with(
        path: impl AsRef<Path>,
        arguments: &[String],
        runtime_api: &RuntimeApi,
        environment: &[(&str, String)],
    ) -> Self {
        let path = path.as_ref();
        let mut command = Command::new(path);
        command.args(arguments);
        command.env_clear().envs(LAMBDA_VARIABLES).env("AWS_LAMBDA_RUNTIME_API", runtime_api.address());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("the function `{}` cannot be started: {error}", path.display()));
        let logs = Arc::new(Mutex::new(Vec::new()));
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let readers = vec![
            tokio::spawn(keep(stdout, Arc::clone(&logs))),
            tokio::spawn(keep(stderr, Arc::clone(&logs))),
        ];
        Self { child: Mutex::new(child), logs, readers: Mutex::new(readers) }
    }

    /// What it has written so far to stdout and stderr, in the order of arrival.
    #[must_use]
    pub fn logs(&self) -> String {
        String::from_utf8_lossy(&lock(&self.logs)).into_owned()
    }

    /// The id of the process; `None` when it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        lock(&self.child).id()
    }

    /// Whether the process is alive.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(None))
    }

    /// Ends the process as Lambda does at the deadline, without a warning, and waits until it is gone and its last
    /// words are in [`Function::logs`].
    pub async fn kill(&self) {
        // An error means that it is gone already.
        let _ = lock(&self.child).start_kill();
        let readers = std::mem::take(&mut *lock(&self.readers));
        for reader in readers {
            let _ = reader.await;
        }
        while self.is_running() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

/// Lambda's own variables for a `provided.al2023` function. No region-specific or temporary value is real.
const LAMBDA_VARIABLES: [(&str, &str); 17] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_SESSION_TOKEN", "test"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "provider"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/provider"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"),
    ("LAMBDA_TASK_ROOT", "/var/task"),
    ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
    ("_HANDLER", "bootstrap"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
    ("TZ", ":UTC"),
];

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn keep(mut stream: impl AsyncRead + Unpin, logs: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 8192];
    while let Ok(length) = stream.read(&mut buffer).await {
        if length == 0 {
            break;
        }
        lock(&logs).extend_from_slice(&buffer[..length]);
    }
}
