//! Mixture reuse: domains whose proportions among themselves are kept, as one virtual domain.
//!
//! In: all domains and lists of frozen ones with their proportions. Out: the domains that a design
//! is over, the region over these, and the way back to all domains (olmix, arXiv 2602.12237).

use crate::error::{Error, Result};
use crate::search::region::{Group, Region};

/// Domains frozen together.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// The name of the virtual domain.
    pub name: String,
    /// Domains, by number, and their proportions, which sum to 1.
    pub parts: Vec<(usize, f64)>,
}

impl Frozen {
    /// Domains in fixed proportions of any scale.
    ///
    /// # Errors
    /// [`Error::Usage`] for proportions that are not above zero, for a domain that stands twice, and
    /// where there is none.
    pub fn new(name: &str, parts: &[(usize, f64)]) -> Result<Frozen> {
        let wrong = |cause: &str| {
            Error::usage(
                format!("--freeze {name}: {cause}"),
                "give domains and their proportions, such as --freeze 'web=0.7,code=0.3'",
            )
        };
        if parts.is_empty() {
            return Err(wrong("there are no domains"));
        }
        if parts.iter().any(|(_, part)| !(*part > 0.0 && part.is_finite())) {
            return Err(wrong("a proportion is not above zero"));
        }
        if (1..parts.len()).any(|i| parts[..i].iter().any(|(k, _)| *k == parts[i].0)) {
            return Err(wrong("a domain stands twice"));
        }
        let sum: f64 = parts.iter().map(|(_, part)| part).sum();
        let parts = parts.iter().map(|(k, part)| (*k, part / sum)).collect();
        Ok(Frozen { name: name.to_string(), parts })
    }
}

/// The domains of a design, in terms of all domains.
#[derive(Debug, Clone, PartialEq)]
pub struct Reuse {
    /// Their names.
    pub names: Vec<String>,
    /// For each the domains behind it, and their proportions.
    members: Vec<Vec<(usize, f64)>>,
    all: usize,
}

impl Reuse {
    /// The domains that are not frozen, in order, and then the virtual ones.
    ///
    /// # Errors
    /// [`Error::Usage`] where a domain is frozen twice, or nothing is left to vary.
    pub fn new(domains: &[String], frozen: &[Frozen]) -> Result<Reuse> {
        let mut taken = vec![false; domains.len()];
        for (k, _) in frozen.iter().flat_map(|one| &one.parts) {
            if std::mem::replace(&mut taken[*k], true) {
                let cause = format!("--freeze: `{}` is frozen twice", domains[*k]);
                return Err(Error::usage(cause, "name each domain in one --freeze"));
            }
        }
        let free = (0..domains.len()).filter(|&k| !taken[k]);
        let mut reuse = Reuse { names: Vec::new(), members: Vec::new(), all: domains.len() };
        for k in free {
            reuse.names.push(domains[k].clone());
            reuse.members.push(vec![(k, 1.0)]);
        }
        for one in frozen {
            reuse.names.push(one.name.clone());
            reuse.members.push(one.parts.clone());
        }
        if reuse.names.len() < 2 {
            let cause = format!("{} domain is left to vary", reuse.names.len());
            return Err(Error::usage(cause, "a design needs two at least: freeze fewer"));
        }
        Ok(reuse)
    }

    /// Whether some domains are frozen.
    pub fn is_frozen(&self) -> bool {
        self.names.len() < self.all || self.members.iter().any(|members| members.len() > 1)
    }

    /// A mixture of all domains.
    pub fn expand(&self, mixture: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; self.all];
        for (members, share) in self.members.iter().zip(mixture) {
            members.iter().for_each(|(k, part)| all[*k] = share * part);
        }
        all
    }

    /// What all domains have, such as tokens, summed up.
    pub fn gather(&self, all: &[f64]) -> Vec<f64> {
        let sum = |members: &Vec<(usize, f64)>| members.iter().map(|(k, _)| all[*k]).sum();
        self.members.iter().map(sum).collect()
    }

    /// What the bounds of a region over all domains leave to these. Groups that hold a part of a
    /// frozen domain, and the most domains, are left to a comparison with the whole region.
    ///
    /// # Errors
    /// [`Error::Usage`] where nothing is left.
    pub fn region(&self, all: &Region) -> Result<Region> {
        let of = |ends: &[f64], join: fn(f64, f64) -> f64, none: f64| -> Vec<f64> {
            let end = |members: &Vec<(usize, f64)>| {
                members.iter().map(|(k, part)| ends[*k] / part).fold(none, join)
            };
            self.members.iter().map(end).collect()
        };
        let region = Region {
            low: of(&all.low, f64::max, 0.0),
            high: of(&all.high, f64::min, 1.0),
            least: of(&all.least, f64::max, 0.0),
            most: all.most.min(self.names.len()),
            groups: all.groups.iter().filter_map(|group| self.group(group)).collect(),
            demands: Vec::new(),
            usage: crate::search::Usage::default(),
        };
        let sum = |ends: &[f64]| ends.iter().sum::<f64>();
        let crossed = region.low.iter().zip(&region.high).any(|(l, h)| *l > h + 1e-9);
        if crossed || sum(&region.low) > 1.0 + 1e-9 || sum(&region.high) < 1.0 - 1e-9 {
            let cause = "no mixture with the proportions of --freeze meets the constraints";
            return Err(Error::usage(
                cause,
                "freeze fewer domains, or loosen a constraint on them",
            ));
        }
        Ok(region)
    }

    fn group(&self, group: &Group) -> Option<Group> {
        let mut domains = Vec::new();
        for (place, members) in self.members.iter().enumerate() {
            let inside = members.iter().filter(|(k, _)| group.domains.contains(k)).count();
            match inside {
                0 => {}
                count if count == members.len() => domains.push(place),
                _ => return None,
            }
        }
        Some(Group { domains, ends: group.ends, words: group.words.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Demand;

    #[test]
    fn bounds_of_a_part_bound_the_whole() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
        let frozen = Frozen::new("old", &[(1, 2.0), (3, 6.0)]).expect("frozen");
        let reuse = Reuse::new(&names, &[frozen]).expect("domains");
        assert_eq!(reuse.names, ["a", "c", "old"]);
        assert_eq!(reuse.expand(&[0.5, 0.1, 0.4]), [0.5, 0.1, 0.1, 0.30000000000000004]);
        let demand = Demand { domain: 3, ends: [None, Some(0.3)], words: String::new() };
        let region = Region::new(&names, &[demand], &[]).expect("allowed");
        let reduced = reuse.region(&region).expect("allowed");
        assert!((reduced.high[2] - 0.4).abs() < 1e-12);
        assert_eq!(reuse.gather(&[1.0, 2.0, 3.0, 4.0]), [1.0, 3.0, 6.0]);
    }
}
