//! The lookup: an existing profile's ARN and attributes by its exact name, and not one write.

use std::time::Duration;

use custom_resource::{Properties, Success};

use super::context::Context;
use super::search::look_for;
use super::{ProviderError, SecurityProfiles, answered, warn_of_accepted};
use crate::attributes::{FOUND, attributes};
use crate::catalogue::nearest;
use crate::physical_id::PhysicalId;
use crate::properties::Sought;

/// How long a name is looked for that no list shows: the profile may have been made a moment ago.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

impl SecurityProfiles {
    /// Finds the profile, for a Create and an Update alike.
    pub(super) async fn look_up(
        &self,
        properties: &Properties,
        old: Option<&Properties>,
        context: &Context<'_>,
    ) -> Result<Success, ProviderError> {
        let Sought { instance, name, role } = match old {
            None => Sought::read(properties, context.own_account())?,
            Some(old) => {
                let (sought, accepted) = Sought::read_over(properties, old, context.own_account())?;
                warn_of_accepted(&accepted);
                sought
            }
        };
        self.admit_role(role.as_ref())?;
        self.guards.admit_instance(&instance)?;
        let session = self.session(instance.region(), role.as_ref(), context).await;
        let look = || session.look_by_name(&instance, name.as_str());
        let Some(live) = look_for(&session, LONGEST_LOOK, look).await? else {
            let names = session.names(&instance).await.unwrap_or_default();
            let nearest = nearest(name.as_str(), names.iter().map(String::as_str)).map(ToOwned::to_owned);
            return Err(ProviderError::NotFound { name, instance, nearest });
        };
        let data = attributes(&live.arn, &name, FOUND, Some(&live), None);
        let physical_id = answered(&PhysicalId::Profile(live.arn));
        Ok(Success { physical_id, data, no_echo: false })
    }
}
