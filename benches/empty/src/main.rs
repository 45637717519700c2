//! The least that a Lambda in Rust can be: takes events and does nothing. What the provider's start is compared with.

use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(async |_: LambdaEvent<serde_json::Value>| {
        Ok::<(), std::convert::Infallible>(())
    }))
    .await
}
