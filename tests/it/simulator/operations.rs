//! What CloudFormation does with a stack, event by event.

use std::time::Duration;

use super::Simulator;
use super::history::{Carries, Fate, StackName};
use super::stack::{Obsolete, Request, Resource, Stack, Status, Touched};
use super::template::{Stated, Template, Text};
use crate::world::Answer;

/// How often a clean-up tries to delete before it drops the resource from the stack.
const TRIES_OF_A_CLEAN_UP: usize = 3;
/// CloudFormation waits for a resource as long as its `ServiceTimeout`.
const SERVICE_TIMEOUT: Duration = Duration::from_hours(1);

impl Simulator {
    pub(super) async fn deploy(
        &mut self,
        name: StackName,
        template: &Template,
        fate: Fate,
        carries: Carries,
    ) -> Stack {
        let mut stack = self.stack(name);
        stack.carries = carries;
        match stack.status {
            Status::Absent | Status::DeleteComplete => {
                let stack = Stack::begun(name, self.next_stack());
                self.create_stack(stack, template, fate).await
            }
            status if status.is_complete() => self.update_stack(stack, template, fate).await,
            _ => stack,
        }
    }

    async fn create_stack(&mut self, mut stack: Stack, template: &Template, fate: Fate) -> Stack {
        let mut created = Vec::new();
        let succeeded = self.create_all(&mut stack, template.0.iter(), fate, &mut created).await;
        if succeeded {
            stack.status = Status::CreateComplete;
            return stack;
        }
        self.delete_resources(&mut stack).await;
        stack.status =
            if stack.resources.is_empty() { Status::RollbackComplete } else { Status::RollbackFailed };
        stack
    }

    /// Creates resources one after the other until one fails; with a sibling that fails meanwhile, the last of them is
    /// cancelled in flight.
    async fn create_all<'a>(
        &mut self,
        stack: &mut Stack,
        resources: impl ExactSizeIterator<Item = (&'a Text, &'a Stated)>,
        fate: Fate,
        created: &mut Vec<Text>,
    ) -> bool {
        let last = resources.len();
        for (index, (logical_id, stated)) in resources.enumerate() {
            created.push(logical_id);
            let event = stack.event(logical_id, stated, Request::Create);
            let made_up = stack.made_up_id(logical_id);
            if let (Fate::SiblingFailsMeanwhile(after), true) = (fate, index + 1 == last) {
                let delete = stack.event(logical_id, stated, Request::Delete { id: made_up.clone() });
                if !self.send_and_cancel(event, delete, after).await {
                    stack.resources.insert(logical_id, Resource::new(made_up, stated));
                }
                return false;
            }
            let answer = self.send(event).await;
            let id = answer.as_ref().map_or(made_up, |answer| answer.physical_id.clone());
            stack.resources.insert(logical_id, Resource::new(id, stated));
            if !answer.is_some_and(|answer| answer.is_success()) {
                return false;
            }
        }
        fate == Fate::Good
    }

    pub(super) async fn delete_stack(&mut self, name: StackName) -> Stack {
        let mut stack = self.stack(name);
        if matches!(stack.status, Status::Absent | Status::DeleteComplete) {
            return stack;
        }
        // What a failed rollback still had to put back or to clean up goes too, under each id that it has.
        for touched in std::mem::take(&mut stack.unrolled) {
            stack.discard(touched.logical_id, &touched.before);
            stack.discard(touched.logical_id, &touched.after);
        }
        let left = self.try_to_delete(&stack, stack.obsolete.clone(), 1).await;
        stack.obsolete = left;
        self.delete_resources(&mut stack).await;
        let is_done = stack.resources.is_empty() && stack.obsolete.is_empty();
        stack.status = if is_done { Status::DeleteComplete } else { Status::DeleteFailed };
        stack
    }

    async fn delete_resources(&mut self, stack: &mut Stack) {
        for (logical_id, resource) in stack.resources.clone().into_iter().rev() {
            let delete = stack.event(logical_id, &resource.stated, Request::Delete { id: resource.id });
            if self.send(delete).await.is_some_and(|answer| answer.is_success()) {
                stack.resources.remove(logical_id);
            }
        }
    }

    async fn update_stack(&mut self, mut stack: Stack, template: &Template, fate: Fate) -> Stack {
        let mut touched = Vec::new();
        let mut created = Vec::new();
        let succeeded = self.update_all(&mut stack, template, &mut touched).await && {
            let known = stack.resources.clone();
            let new: Vec<_> = template.0.iter().filter(|(id, _)| !known.contains_key(*id)).collect();
            let new = new.into_iter();
            self.create_all(&mut stack, new, fate, &mut created).await
        };
        if !succeeded {
            for logical_id in created {
                if let Some(resource) = stack.resources.remove(logical_id) {
                    stack.discard(logical_id, &resource);
                }
            }
            stack.unrolled = touched;
            return self.roll_back(stack).await;
        }
        for touched in touched {
            stack.discard(touched.logical_id, &touched.before);
        }
        for (logical_id, resource) in stack.resources.clone() {
            if !template.0.contains_key(logical_id) {
                stack.resources.remove(logical_id);
                stack.discard(logical_id, &resource);
            }
        }
        self.clean_up(&mut stack).await;
        stack.status = Status::UpdateComplete;
        stack
    }

    /// Sends an Update for each resource that is in both templates with other properties, until one fails.
    async fn update_all(
        &mut self,
        stack: &mut Stack,
        template: &Template,
        touched: &mut Vec<Touched>,
    ) -> bool {
        for (logical_id, stated) in &template.0 {
            let Some(before) = stack.resources.get(logical_id).cloned() else { continue };
            if before.stated == *stated {
                continue;
            }
            let update = Request::Update { id: before.id.clone(), old: before.stated.clone() };
            let answer = self.send(stack.event(logical_id, stated, update)).await;
            let succeeded = answer.as_ref().is_some_and(Answer::is_success);
            let id = answer.map_or_else(|| before.id.clone(), |answer| answer.physical_id);
            let after = Resource::new(id, stated);
            if succeeded {
                stack.resources.insert(logical_id, after.clone());
            }
            touched.push(Touched { logical_id, before, after });
            if !succeeded {
                return false;
            }
        }
        true
    }

    /// Puts back what was touched, by Updates with the properties swapped; then deletes what was new.
    async fn roll_back(&mut self, mut stack: Stack) -> Stack {
        for touched in std::mem::take(&mut stack.unrolled) {
            let Touched { logical_id, before, after } = &touched;
            let carried = if stack.carries == Carries::OldId { &before.id } else { &after.id };
            let update = Request::Update { id: carried.clone(), old: after.stated.clone() };
            let answer = self.send(stack.event(logical_id, &before.stated, update)).await;
            match answer.filter(Answer::is_success) {
                Some(answer) => {
                    stack.resources.insert(logical_id, Resource::new(answer.physical_id, &before.stated));
                    stack.discard(logical_id, after);
                    stack.discard(logical_id, before);
                }
                None => stack.unrolled.push(touched),
            }
        }
        if stack.unrolled.is_empty() {
            self.clean_up(&mut stack).await;
            stack.status = Status::UpdateRollbackComplete;
        } else {
            stack.status = Status::UpdateRollbackFailed;
        }
        stack
    }

    pub(super) async fn continue_rollback(&mut self, name: StackName, skip_resources: bool) -> Stack {
        let mut stack = self.stack(name);
        if stack.status != Status::UpdateRollbackFailed {
            return stack;
        }
        if skip_resources {
            for Touched { logical_id, before, after } in std::mem::take(&mut stack.unrolled) {
                self.ledger.skip(&before.id);
                let resource = Resource { is_skipped: true, ..before };
                stack.resources.insert(logical_id, resource);
                stack.discard(logical_id, &after);
            }
        }
        self.roll_back(stack).await
    }

    /// Deletes what is obsolete, three times if need be, and forgets what will not go.
    async fn clean_up(&mut self, stack: &mut Stack) {
        let obsolete = std::mem::take(&mut stack.obsolete);
        let dropped = self.try_to_delete(stack, obsolete, TRIES_OF_A_CLEAN_UP).await;
        for obsolete in dropped {
            self.ledger.drop_from_stack(&obsolete.id);
        }
    }

    /// What could not be deleted.
    async fn try_to_delete(&mut self, stack: &Stack, obsolete: Vec<Obsolete>, tries: usize) -> Vec<Obsolete> {
        let mut left = obsolete;
        left.retain(|obsolete| stack.resources.values().all(|resource| resource.id != obsolete.id));
        for _ in 0..tries {
            for obsolete in std::mem::take(&mut left) {
                let Obsolete { logical_id, id, stated } = &obsolete;
                let delete = stack.event(logical_id, stated, Request::Delete { id: id.clone() });
                if !self.send(delete).await.is_some_and(|answer| answer.is_success()) {
                    left.push(obsolete);
                }
            }
        }
        left
    }

    /// Waits in vain for an answer.
    pub(super) async fn wait_in_vain(&self) {
        self.function.pause(SERVICE_TIMEOUT).await;
    }
}

impl Stack {
    /// Leaves an id to the clean-up, unless a resource still has it by then.
    fn discard(&mut self, logical_id: Text, resource: &Resource) {
        let Resource { id, stated, .. } = resource.clone();
        if self.obsolete.iter().all(|obsolete| obsolete.id != id) {
            self.obsolete.push(Obsolete { logical_id, id, stated });
        }
    }
}
