//! The ways through a resource that its choices do not go, so that what stands there is looked at too.

use std::collections::HashSet;

use super::Known;
use crate::template::{Forced, Resource, Template};

/// More ways through one resource than any template has.
const MOST: usize = 64;

/// The resource with one choice after the other gone the other way, and the path of the value that comes of it.
pub(super) fn others(template: &Template, resource: &Resource, known: &Known) -> Vec<(Resource, String)> {
    let mut ways = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![(Forced::new(), resource.choices.clone())];
    while let Some((forced, choices)) = waiting.pop() {
        for choice in &choices {
            for way in [true, false] {
                if choice.way == Some(way) || ways.len() >= MOST || !seen.insert((choice.node, way)) {
                    continue;
                }
                let mut forced = forced.clone();
                forced.insert(choice.node, way);
                let Some(other) = template.resolve_forced(&known.values, &resource.logical_id, &forced)
                else {
                    continue;
                };
                let here = other.choices.iter().find(|other| other.node == choice.node);
                let Some(path) = here.map(|choice| choice.path.clone()) else { continue };
                waiting.push((forced, other.choices.clone()));
                ways.push((other, path));
            }
        }
    }
    ways
}
