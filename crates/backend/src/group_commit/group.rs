//! Work of one kind that goes into the same commit, with the callers that wait for its outcomes.

use std::any::Any;
use std::pin::Pin;

use database::WriteTx;
use tokio::sync::oneshot;

use super::{Attempted, Work};
use crate::Backend;
use crate::error::{Fault, Result};

/// A future that belongs to a group.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A group, of any kind of work.
pub(super) trait Group: Any + Send {
    /// The name of its kind of work.
    fn name(&self) -> &'static str;

    /// How much work it holds.
    fn len(&self) -> usize;

    /// Takes in a group of the same kind; gives back one of another kind.
    fn absorb(&mut self, other: Box<dyn Group>) -> Option<Box<dyn Group>>;

    /// Does its work in the transaction and keeps the outcomes; returns whether something was written.
    fn attempt<'a>(&'a mut self, backend: &'a Backend, tx: &'a mut WriteTx) -> Doing<'a, Result<bool>>;

    /// After the commit: drops stale cache entries, and answers everybody. Callers that have gone away get no answer;
    /// their work was still done.
    fn answer(self: Box<Self>, backend: &Backend);

    /// Reports a fault to everybody.
    fn fail(self: Box<Self>, fault: &Fault);

    /// Splits it into single pieces of work.
    fn split(self: Box<Self>) -> Vec<Box<dyn Group>>;
}

/// A group of one kind of work.
pub(super) struct GroupOf<W: Work> {
    works: Vec<W>,
    answers: Vec<oneshot::Sender<Result<W::Outcome>>>,
    attempted: Option<Attempted<W::Outcome>>,
}

impl<W: Work> GroupOf<W> {
    /// A single piece of work.
    pub(super) fn one(work: W, answer: oneshot::Sender<Result<W::Outcome>>) -> Self {
        Self {
            works: vec![work],
            answers: vec![answer],
            attempted: None,
        }
    }
}

impl<W: Work> Group for GroupOf<W> {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn len(&self) -> usize {
        self.works.len()
    }

    fn absorb(&mut self, other: Box<dyn Group>) -> Option<Box<dyn Group>> {
        if (&*other as &dyn Any).is::<Self>() {
            let other: Box<dyn Any> = other;
            if let Ok(other) = other.downcast::<Self>() {
                self.works.extend(other.works);
                self.answers.extend(other.answers);
            }
            return None;
        }
        Some(other)
    }

    fn attempt<'a>(&'a mut self, backend: &'a Backend, tx: &'a mut WriteTx) -> Doing<'a, Result<bool>> {
        Box::pin(async move {
            let attempted = W::attempt(backend, tx, &self.works).await?;
            let wrote = attempted.wrote;
            self.attempted = Some(attempted);
            Ok(wrote)
        })
    }

    fn answer(self: Box<Self>, backend: &Backend) {
        let Some(attempted) = self.attempted else { return };
        if let Some(after_commit) = attempted.after_commit {
            after_commit(backend);
        }
        for (answer, outcome) in self.answers.into_iter().zip(attempted.outcomes) {
            count(W::NAME, W::label(&outcome), 1);
            let _ = answer.send(outcome);
        }
    }

    fn fail(self: Box<Self>, fault: &Fault) {
        count(W::NAME, "fault", self.answers.len());
        for answer in self.answers {
            let _ = answer.send(Err(fault.shared().into()));
        }
    }

    fn split(self: Box<Self>) -> Vec<Box<dyn Group>> {
        self.works
            .into_iter()
            .zip(self.answers)
            .map(|(work, answer)| Box::new(Self::one(work, answer)) as Box<dyn Group>)
            .collect()
    }
}

fn count(work: &'static str, outcome: &'static str, how_many: usize) {
    metrics::counter!("group_commit_work_total", "work" => work, "outcome" => outcome)
        .increment(how_many as u64);
}

/// Groups work by kind, in the order of the kinds' names.
pub(super) fn by_kind(waiting: impl Iterator<Item = Box<dyn Group>>) -> Vec<Box<dyn Group>> {
    let mut groups: Vec<Box<dyn Group>> = Vec::with_capacity(1);
    for one in waiting {
        let left = groups
            .iter_mut()
            .try_fold(one, |one, group| group.absorb(one).ok_or(()));
        groups.extend(left.ok());
    }
    groups.sort_by_key(|group| group.name());
    groups
}
