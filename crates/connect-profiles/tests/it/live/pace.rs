//! The pace of reading, on a clock that jumps.

use std::sync::Arc;
use std::time::Duration;

use connect_emulator::{Configuration, Emulator, Operation, Profile, Quota};
use connect_profiles::inventory::quota;
use connect_profiles::inventory::reader::All;
use connect_profiles::inventory::{Inventory, Reader, Wanted};
use connect_profiles::surroundings::Surroundings;
use tokio::time::Instant;

use super::INSTANCE;

fn crowded(profiles: usize) -> Emulator {
    let quota = Some(Quota { rate: 2.0, burst: 5 });
    let emulator = Emulator::new(Configuration { quota, ..Configuration::default() });
    // Four are there from the beginning.
    for number in 4..profiles {
        emulator.put_profile(INSTANCE, Profile::named(format!("Profile {number}")));
    }
    emulator
}

fn read(emulator: &Emulator, quota: quota::Quota) -> (Inventory, Duration) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let reader = Reader::new(&Surroundings::over(emulator.clone()), quota).await.unwrap();
        let instances = reader.instances("us-east-1").await.unwrap();
        let begun = Instant::now();
        let inventory = reader.read(&instances, &Wanted::everything(), Arc::new(All), false).await;
        (inventory, begun.elapsed())
    })
}

fn throttled(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|call| call.status == 429).count()
}

#[test]
fn a_hundred_profiles_are_read_within_a_tenth_of_the_quotas_floor() {
    let emulator = crowded(100);
    let (inventory, time) = read(&emulator, quota::Quota::default());
    assert_eq!((inventory.profiles.len(), inventory.troubles.len()), (100, 0));
    let floor = f64::from(100 - 5) / 2.0;
    assert!(time.as_secs_f64() <= 1.1 * floor, "{time:?} for a floor of {floor} s");
    assert_eq!(throttled(&emulator), 0);
    assert_eq!(emulator.journal().len(), 2 + 5 * 100);
}

#[test]
fn everything_is_read_even_when_the_quota_is_smaller_than_was_said() {
    let emulator = crowded(30);
    let (inventory, _) = read(&emulator, "5/10".parse().unwrap());
    assert_eq!((inventory.profiles.len(), inventory.troubles.len()), (30, 0));
    assert!(throttled(&emulator) > 0);
    // What is throttled waits for its turn again, so that the quota's other users keep their part of it.
    let begun = emulator.journal().iter().map(|call| call.at).min().unwrap();
    let ended = emulator.journal().iter().map(|call| call.at).max().unwrap();
    let paced = 10.0 + 5.0 * ended.saturating_sub(begun).as_secs_f64();
    for operation in [Operation::DescribeSecurityProfile, Operation::ListSecurityProfilePermissions] {
        let calls = emulator.journal().iter().filter(|call| call.operation == operation).count();
        assert!(f64::from(u32::try_from(calls).unwrap()) <= paced, "{calls} {operation} for {paced}");
    }
}
