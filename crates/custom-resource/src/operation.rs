//! Where the provider runs: on a thread of its own, so that no provider can keep the answer from being sent.
//!
//! A timer cannot fire on a thread that is blocked. The thread carries a tokio runtime and lives as long as the
//! process, because connections that a provider keeps belong to the runtime they were opened on. A thread that does
//! not respond is left to itself and the next operation gets a new one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{Instrument as _, Span, error, warn};

use crate::failure::Failure;

/// As much as a process's first thread has. A stack that overflows cannot be caught, and futures over an SDK are large; what
/// is not used costs address space and no memory.
const STACK_SIZE: usize = 8 << 20;

/// The thread that operations run on, made when the first one comes.
pub(crate) struct Operations {
    thread: Mutex<Option<Arc<Thread>>>,
    /// On the caller's own runtime instead, and so on the caller's clock.
    is_here: bool,
    stack_size: usize,
}

impl Default for Operations {
    fn default() -> Self {
        Self { thread: Mutex::default(), is_here: false, stack_size: STACK_SIZE }
    }
}

/// How an operation ended.
#[derive(Debug)]
pub(crate) enum Ending<T> {
    Returned(Result<T, Failure>),
    Panicked,
    /// It had not returned by the deadline and was dropped.
    Abandoned,
    /// There is no thread to run it on.
    NotStarted(std::io::Error),
}

impl Operations {
    /// Runs them on the runtime of whoever waits for them: nothing guards against an operation that blocks.
    pub(crate) fn here() -> Self {
        Self { is_here: true, ..Self::default() }
    }

    /// On a thread that needs more memory than there is.
    #[cfg(test)]
    pub(crate) fn without_memory() -> Self {
        Self { stack_size: usize::MAX / 4, ..Self::default() }
    }

    /// Runs the operation until it returns or the deadline comes. It is over when this returns, unless it blocks.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        operation: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Ending<T> {
        let operation = operation.instrument(Span::current());
        let mut task = if self.is_here {
            tokio::spawn(operation)
        } else {
            match self.responsive_thread().await {
                Ok(thread) => thread.handle.spawn(operation),
                Err(problem) => return Ending::NotStarted(problem),
            }
        };
        match timeout_at(deadline, &mut task).await {
            Ok(Ok(result)) => Ending::Returned(result),
            Ok(Err(end)) if end.is_panic() => Ending::Panicked,
            // The runtime itself ended, and with it every task.
            Ok(Err(_)) => Ending::Abandoned,
            Err(_) => {
                task.abort();
                match timeout(PATIENCE, task).await {
                    // It returned at the very moment of the deadline: what it did counts.
                    Ok(Ok(result)) => Ending::Returned(result),
                    Ok(Err(_)) => Ending::Abandoned,
                    Err(_) => {
                        error!("the operation blocks its thread and cannot be stopped");
                        Ending::Abandoned
                    }
                }
            }
        }
    }

    async fn responsive_thread(&self) -> std::io::Result<Arc<Thread>> {
        if let Some(thread) = self.current() {
            if thread.responds().await {
                return Ok(thread);
            }
            warn!("the operations' thread does not respond; a new one takes its place");
            let mut current = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            // Another event may have replaced it meanwhile.
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &thread)) {
                *current = None;
            }
        }
        let mut current = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*current {
            return Ok(Arc::clone(thread));
        }
        let thread = Arc::new(Thread::start(self.stack_size)?);
        *current = Some(Arc::clone(&thread));
        Ok(thread)
    }

    fn current(&self) -> Option<Arc<Thread>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long a thread may take to run a task that does nothing, or to drop one that waits.
const PATIENCE: Duration = Duration::from_millis(250);

/// A thread with a runtime. When the last operation on it and the last reference are gone, it ends.
struct Thread {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl Thread {
    fn start(stack_size: usize) -> std::io::Result<Self> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, starting) = std::sync::mpsc::channel();
        std::thread::Builder::new().name("operation".to_owned()).stack_size(stack_size).spawn(move || {
            // Made on the thread that runs it, because a runtime must not be dropped within another.
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(problem) => return drop(started.send(Err(problem))),
            };
            let _ = started.send(Ok(runtime.handle().clone()));
            // Nothing is ever sent: this ends when the other half is dropped.
            let _ = runtime.block_on(stopped);
            // Not waiting for blocking work that an operation may have left behind.
            runtime.shutdown_background();
        })?;
        let handle = starting.recv().map_err(std::io::Error::other)??;
        Ok(Self { handle, _stop: stop })
    }

    async fn responds(&self) -> bool {
        matches!(timeout(PATIENCE, self.handle.spawn(async {})).await, Ok(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    #[tokio::test]
    async fn an_operation_returns_what_it_returns() {
        let operations = Operations::default();
        let ending = operations.run(soon(), async { Ok(1) }).await;
        assert!(matches!(ending, Ending::Returned(Ok(1))), "{ending:?}");
        let ending = operations.run(soon(), async { Err::<(), _>(Failure::new("no")) }).await;
        assert!(matches!(ending, Ending::Returned(Err(_))), "{ending:?}");
    }

    #[tokio::test]
    async fn d1_an_operation_that_waits_too_long_is_dropped_at_the_deadline() {
        struct Dropped(Arc<Mutex<bool>>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                *self.0.lock().unwrap() = true;
            }
        }
        let dropped = Arc::new(Mutex::new(false));
        let guard = Dropped(Arc::clone(&dropped));
        let operation = async move {
            let _guard = guard;
            pending::<Result<(), Failure>>().await
        };
        let operations = Operations::default();
        let ending = operations.run(soon(), operation).await;
        assert!(matches!(ending, Ending::Abandoned), "{ending:?}");
        assert!(*dropped.lock().unwrap(), "nothing of it goes on after the answer");
    }

    #[tokio::test]
    async fn h3_a_panic_is_an_ending() {
        async fn refuses(text: &str) -> Result<(), Failure> {
            tokio::task::yield_now().await;
            assert!(text.is_empty(), "{text}");
            Ok(())
        }
        let operations = Operations::default();
        // Writing the backtrace of a panic takes its time.
        let later = Instant::now() + Duration::from_secs(5);
        assert!(matches!(operations.run(later, refuses("boom")).await, Ending::Panicked));
        let joined = async { tokio::spawn(refuses("boom")).await.unwrap() };
        assert!(matches!(operations.run(later, joined).await, Ending::Panicked));
        assert!(matches!(operations.run(later, refuses("")).await, Ending::Returned(Ok(()))));
    }

    #[tokio::test]
    async fn d3_a_blocked_thread_is_replaced_and_only_then() {
        let operations = Operations::default();
        let thread = || async { Ok(std::thread::current().id()) };
        let Ending::Returned(Ok(first)) = operations.run(soon(), thread()).await else { panic!("no thread") };
        let Ending::Returned(Ok(again)) = operations.run(soon(), thread()).await else { panic!("no thread") };
        assert_eq!(first, again, "connections live on");

        let blocks = async {
            std::thread::sleep(Duration::from_secs(2));
            Ok(())
        };
        assert!(matches!(operations.run(soon(), blocks).await, Ending::Abandoned));
        let later = Instant::now() + Duration::from_secs(1);
        let Ending::Returned(Ok(other)) = operations.run(later, thread()).await else { panic!("no thread") };
        assert_ne!(first, other);
    }
}
