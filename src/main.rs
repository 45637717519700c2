//! The Lambda: reads the environment, wires the parts, and runs. No decisions, and nothing that can fail before the first
//! event, because a start that fails answers nobody.

mod logging;

use connect_security_profile::connect::{Connect, configuration};
use connect_security_profile::environment::Environment;
use connect_security_profile::provider::SecurityProfiles;
use custom_resource::{Handler, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::read(variable);
    logging::start(environment.log_level);
    environment.log_warnings();
    // Connect is called in the regions of the instances, STS in the function's own.
    let config = configuration(environment.settings.https.clone(), environment.region, variable);
    let provider = SecurityProfiles::new(
        Connect::new(config),
        environment.guards,
        environment.misconfiguration,
        logging::write_line,
    );
    run(Handler::new(provider, environment.settings)).await
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
