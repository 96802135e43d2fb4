//! Domains counted one after the other, on all cores.
//!
//! In: domains and how to count them. Out: their entropies. One thread reads ahead; chunks are made
//! ready, numbered in order and counted by all others. Whatever is added up in floating point is
//! added in the order of the text, so that threads, memory and interruptions change no bit.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Keeper, Partial};
use super::count::{Counts, Runs, TOKENS};
use super::embed::Embedder;
use super::gram::Gram;
use super::losses::Losses;
use super::measured::{Judged, Measured, matrix};
use super::prepare::{Kitchen, Met, Ready};
use super::sequence::{Rule, Start, Stream};
use super::source::{Chunk, Domain, Reader, Reading, Row};
use super::tokens::{Cutter, Ids};
use super::vectors::WordVectors;
use super::vocabulary::Vocabulary;
use super::words::Renamed;
use super::{Embedding, Means, Options};
use crate::error::{Error, Place, Result};

/// How far the reading of a domain is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Far {
    met: Met,
    losses: Losses,
    start: Start,
    last: Row,
    records: u64,
}

/// How far the counting of a domain is.
pub(super) struct State {
    pub(super) far: Far,
    pub(super) vocabulary: Vocabulary,
    pub(super) gram: Option<Gram>,
    pub(super) counts: Counts,
}

/// What does not change while domains are counted.
struct Work<'a> {
    options: &'a Options,
    means: Means<'a>,
    cutter: Cutter,
    embedder: Option<Embedder>,
    rule: Rule,
    reading: Reading,
    /// Groups of documents: 1 where nothing is left out.
    groups: u32,
}

/// Counts all domains.
///
/// # Errors
/// [`Error::Usage`] and [`Error::Input`] for what cannot be counted, [`Error::Output`] where counts
/// cannot be kept on disk, [`Error::Interrupted`] or [`Error::Paused`] where it was told to stop.
pub fn measure(domains: &[Domain], options: &Options, means: Means<'_>) -> Result<Vec<Measured>> {
    options.check(domains)?;
    let work = Work::new(options, means)?;
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |about| about.len());
    means.watch.count_in("bytes");
    means.watch.expect(domains.iter().flat_map(|domain| &domain.files).map(size).sum());
    let mut keeper = Keeper::open(means, domains, options)?;
    for (number, domain) in domains.iter().enumerate().skip(keeper.done().len()) {
        let (partial, runs) = keeper.resume(number)?;
        let state = work.state(partial, runs);
        let measured = work.domain(domain, number, state, &mut keeper)?;
        keeper.finish(measured)?;
    }
    keeper.end()
}

impl<'a> Work<'a> {
    fn new(options: &'a Options, means: Means<'a>) -> Result<Work<'a>> {
        let embedder = match &options.embedding {
            Embedding::Hashed(dimension) => Some(Embedder::Hashed(*dimension)),
            Embedding::Words(path) => {
                Some(Embedder::Words(WordVectors::read(path, options.memory)?))
            }
            Embedding::None | Embedding::Matrices(_) => None,
        };
        let groups = options.groups.max(1);
        if let Some(embedder) = &embedder {
            options.check_dimension(embedder.dimension())?;
        }
        Ok(Work {
            options,
            means,
            cutter: Cutter::open(&options.tokens)?,
            embedder,
            rule: Rule { length: options.sequence, pack: options.pack },
            reading: Reading {
                lines: options.lines,
                field: options.field.clone(),
                longest: options.longest,
            },
            groups,
        })
    }

    /// The state at the beginning of a domain, or where it was left.
    fn state(&self, partial: Partial, runs: Runs) -> State {
        let bytes = matches!(self.cutter, Cutter::Bytes);
        let counts = Counts::new(bytes, self.groups, runs);
        let dimension = self.embedder.as_ref().map(Embedder::dimension);
        let none = || dimension.map(|dimension| Gram::new(dimension, self.groups));
        let Partial { far, vocabulary, gram } = partial;
        State { far, vocabulary, gram: gram.or_else(none), counts }
    }

    fn domain(
        &self,
        domain: &Domain,
        number: usize,
        mut state: State,
        keeper: &mut Keeper<'_>,
    ) -> Result<Measured> {
        let most = 4 * rayon::current_num_threads();
        let (sender, receiver) = sync_channel(most);
        let watch = self.means.watch;
        let reader = Reader { files: &domain.files, reading: &self.reading, watch, chunks: sender };
        let last = state.far.last;
        std::thread::scope(|scope| {
            scope.spawn(move || reader.run(last));
            // Whichever way this ends, the receiver goes with it, and the reader with that.
            self.consume(receiver, most, domain, number, &mut state, keeper)
        })?;
        self.judge(domain, number, state)
    }

    fn consume(
        &self,
        chunks: Receiver<Chunk>,
        most: usize,
        domain: &Domain,
        number: usize,
        state: &mut State,
        keeper: &mut Keeper<'_>,
    ) -> Result<()> {
        while let Ok(first) = chunks.recv() {
            let batch: Vec<Chunk> =
                std::iter::once(first).chain(chunks.try_iter().take(most - 1)).collect();
            self.batch(batch, domain, state)?;
            self.bound(domain, state)?;
            let stopped = self.means.watch.stopped();
            keeper.keep(number, state, stopped)?;
            if stopped {
                return Err(keeper.stopped());
            }
        }
        Ok(())
    }

    /// Counts some chunks, in their order wherever that matters.
    fn batch(&self, batch: Vec<Chunk>, domain: &Domain, state: &mut State) -> Result<()> {
        let kitchen = Kitchen {
            cutter: &self.cutter,
            known: &state.vocabulary,
            embedder: self.embedder.as_ref(),
            field: &self.reading.field,
            seed: self.options.seed,
            groups: self.groups,
        };
        let mut before = state.far.records;
        let numbered: Vec<(Chunk, u64)> = batch
            .into_iter()
            .map(|chunk| {
                let first = before;
                before += chunk.records.len() as u64;
                (chunk, first)
            })
            .collect();
        let prepare = |(chunk, first)| kitchen.prepare(chunk, first);
        let mut ready: Vec<Ready> = numbered.into_par_iter().map(prepare).collect();
        let names: Vec<Renamed> = ready.iter().map(|ready| state.adopt(ready)).collect();
        ready.par_iter_mut().zip(names).for_each(|(ready, names)| rename(&mut ready.ids, &names));
        ready.iter().try_for_each(|ready| check_ids(&ready.ids, state, domain))?;
        let starts: Vec<Start> =
            ready.iter().map(|ready| state.account(ready, self.rule, domain)).collect();
        let counts = &state.counts;
        ready.par_iter().zip(starts).for_each(|(ready, start)| {
            counts.add(&ready.ids, &ready.documents, self.rule, start);
        });
        if let Some(gram) = &mut state.gram {
            ready.iter().for_each(|ready| gram.add(&ready.vectors));
        }
        Ok(())
    }

    /// Keeps counts and words within the memory that is allowed.
    fn bound(&self, domain: &Domain, state: &mut State) -> Result<()> {
        let (most, words) = (self.options.memory, state.vocabulary.memory());
        if words > most / 2 {
            let cause = format!(
                "the {} different words of `{}` take more than half of the memory",
                state.vocabulary.len(),
                domain.name
            );
            return Err(Error::usage(cause, "raise --memory, or give --tokens bytes"));
        }
        state.counts.bound(most - words)
    }

    /// What the counts of a domain come to.
    fn judge(&self, domain: &Domain, number: usize, state: State) -> Result<Measured> {
        let gram = match &self.options.embedding {
            Embedding::Matrices(paths) => Some(matrix(&paths[number], self.options, self.groups)?),
            _ => state.gram,
        };
        if state.far.met.documents == 0 {
            let cause = match state.far.losses.named.first() {
                Some(first) => format!("the domain `{}` has no text: {first}", domain.name),
                None => format!("the domain `{}` has no text", domain.name),
            };
            let remedy = "check the files, and --field for JSON and Parquet";
            return Err(Error::input(Place::file(&domain.files[0]), cause, remedy));
        }
        let judged = Judged {
            domain,
            options: self.options,
            met: state.far.met,
            losses: state.far.losses,
            gram,
        };
        judged.measure(state.counts)
    }
}

impl State {
    /// Takes up the words of a chunk.
    fn adopt(&mut self, ready: &Ready) -> Renamed {
        match &ready.ids {
            Ids::Words(_, fresh) => fresh.join(&mut self.vocabulary),
            _ => Renamed::default(),
        }
    }

    /// Notes what a chunk has; gives how far the sequence is where it begins.
    fn account(&mut self, ready: &Ready, rule: Rule, domain: &Domain) -> Start {
        let far = &mut self.far;
        let start = far.start;
        let documents = &ready.documents;
        far.start = match &ready.ids {
            Ids::Bytes(tokens) => Stream { tokens, documents }.after(rule, start),
            Ids::Words(tokens, _) | Ids::Numbers(tokens) => {
                Stream { tokens, documents }.after(rule, start)
            }
        };
        far.met.add(&ready.met);
        ready.troubles.iter().for_each(|trouble| far.losses.add(trouble, &domain.files));
        far.last = ready.last;
        far.records += ready.records;
        start
    }
}

/// Numbers of the chunk become those of the domain.
fn rename(ids: &mut Ids, names: &Renamed) {
    if let Ids::Words(ids, _) = ids {
        names.apply(ids);
    }
}

/// Numbers must fit into the keys of counts.
fn check_ids(ids: &Ids, state: &State, domain: &Domain) -> Result<()> {
    let largest = match ids {
        Ids::Bytes(_) => 0,
        Ids::Words(..) => state.vocabulary.len(),
        Ids::Numbers(ids) => ids.iter().copied().max().unwrap_or(0) as usize,
    };
    if largest > TOKENS as usize {
        let cause = format!("the tokens of `{}` have numbers above {TOKENS}", domain.name);
        return Err(Error::usage(cause, "give --tokens bytes"));
    }
    Ok(())
}

impl Met {
    fn add(&mut self, other: &Met) {
        self.documents += other.documents;
        self.empty += other.empty;
        self.repaired += other.repaired;
        self.bytes += other.bytes;
        self.tokens += other.tokens;
    }
}
