//! What `Fn::GetAtt` returns: always the same keys, always strings.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::arn::SecurityProfileArn;
use crate::connect::Session;
use crate::names::ProfileName;
use crate::observed::Observed;
use crate::properties::definition;
use crate::retry::{may_try_again, may_wait};
use crate::settings::{Member, Settings};

/// How long the read after a write may take: the write has succeeded, so it never fails for want of attributes.
const LONGEST_READ: Duration = Duration::from_secs(10);

/// How long reads are given to catch up with a property that was cleared.
const ONCE_MORE: Duration = Duration::from_secs(2);

/// The names of the attributes.
pub const ATTRIBUTES: [&str; definition::ATTRIBUTES.len()] =
    definition::attribute_names(&definition::ATTRIBUTES);

/// What `Origin` says of a profile that the resource neither created nor adopted.
pub const FOUND: &str = "found";

/// The attributes of a profile as it was read, or, where it could not be, as it was `written`. `origin` is the
/// [name of an `Origin`](crate::owner::Origin::name), or [`FOUND`].
#[must_use]
pub fn attributes(
    arn: &SecurityProfileArn,
    name: &ProfileName,
    origin: &str,
    live: Option<&Observed>,
    written: Option<SystemTime>,
) -> BTreeMap<String, String> {
    let (time, region) = live.map(|live| live.last_modified.clone()).unwrap_or_default();
    let time = time.or(written).unwrap_or_else(SystemTime::now);
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let values = [
        arn.instance().to_string(),
        arn.instance().id().to_owned(),
        region.unwrap_or_else(|| arn.instance().region().to_owned()),
        seconds.to_string(),
        origin.to_string(),
        arn.to_string(),
        arn.id().to_owned(),
        live.map_or_else(|| name.to_string(), |live| live.name.clone()),
    ];
    ATTRIBUTES.into_iter().map(ToOwned::to_owned).zip(values).collect()
}

/// Reads the profile after a write: for its attributes, and to see that what was cleared is clear. Reads may lag behind
/// the write, so a profile that is not there yet is read again, and so, once, is one that still shows what was cleared.
///
/// Where the quota is short, nothing is read for attributes alone: of a hundred updates each has to read before it writes,
/// and a second read would take the whole crowd twice the time.
pub async fn read_back(session: &Session, arn: &SecurityProfileArn, cleared: &Settings) -> Option<Observed> {
    let session = session.within(LONGEST_READ);
    let session = match (clears_what_is_doubtful(cleared), session.was_throttled()) {
        (true, _) => session,
        (false, true) => return None,
        (false, false) => session.giving_way(),
    };
    let mut attempt = 0;
    let live = loop {
        attempt += 1;
        if let Some(live) = session.look(arn).await.ok()? {
            break live;
        }
        if !may_try_again(attempt, session.deadline()).await {
            return None;
        }
    };
    if stayed(&live.settings, cleared).is_empty() || !may_wait(ONCE_MORE, session.deadline()).await {
        return Some(live);
    }
    let live = session.look(arn).await.ok().flatten().unwrap_or(live);
    for member in stayed(&live.settings, cleared) {
        let property = member.name();
        tracing::error!(profile = %arn, property, "the property was cleared, and Connect still shows a value");
    }
    Some(live)
}

/// Whether one of the three members is cleared for which it is not established that an empty value clears them.
fn clears_what_is_doubtful(changes: &Settings) -> bool {
    DOUBTFUL.iter().any(|(_, is_empty)| is_empty(changes) == Some(true))
}

/// Of the three, those that were to be cleared and still hold something.
fn stayed(live: &Settings, cleared: &Settings) -> Vec<Member> {
    let stayed = DOUBTFUL
        .iter()
        .filter(|(_, is_empty)| is_empty(cleared) == Some(true) && is_empty(live) == Some(false));
    stayed.map(|(member, _)| *member).collect()
}

/// Whether the settings state a member as empty; `None` where they do not have it.
type IsEmpty = fn(&Settings) -> Option<bool>;

const DOUBTFUL: [(Member, IsEmpty); 3] = [
    (Member::AllowedAccessControlTags, |it| it.access_control_tags.as_ref().map(BTreeMap::is_empty)),
    (Member::AllowedAccessControlHierarchyGroupId, |it| it.hierarchy_group_id.as_ref().map(String::is_empty)),
    (Member::GranularAccessControlConfiguration, |it| {
        it.granular_access_control.as_ref().map(BTreeMap::is_empty)
    }),
];
