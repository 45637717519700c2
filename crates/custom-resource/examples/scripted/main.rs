//! A function whose provider does what its properties say: succeed, fail, panic, hang, block. The tests run it as
//! Lambda would, because only a process shows what happens to one.
//!
//! `ALLOWED_ORIGINS` lists, separated by commas, where it may answer to besides CloudFormation's own buckets.
#![allow(clippy::doc_markdown, reason = "product names such as CloudFormation are not code")]

mod provider;

use custom_resource::{Handler, Settings, run};
use lambda_runtime::Error;
use provider::Scripted;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // At its most talkative, but for the runtime, which at TRACE writes the whole event into the log.
    let levels =
        Targets::new().with_default(LevelFilter::TRACE).with_target("lambda_runtime", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer().json().with_filter(levels);
    tracing_subscriber::registry().with(lines).init();

    let origins = std::env::var("ALLOWED_ORIGINS").unwrap_or_default();
    let allowed_origins = origins.split(',').filter_map(|origin| origin.parse().ok()).collect();
    run(Handler::new(Scripted::default(), Settings { allowed_origins, ..Settings::default() })).await
}
