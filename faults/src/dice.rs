//! Repeatable randomness: one seed per run, printed.

/// A small generator (SplitMix64, public domain): nothing here is secret.
#[derive(Debug, Clone)]
pub struct Dice(u64);

/// A random seed.
pub fn any_seed() -> u64 {
    let mut bytes = [0; 4];
    // Without a random one, a fixed one: a run that repeats another is still a run.
    let _ = getrandom::fill(&mut bytes);
    u64::from(u32::from_le_bytes(bytes))
}

impl Dice {
    /// The dice of one case: the same seed gives it the same throws, whichever cases run before it.
    pub fn of(seed: u64, case: &str) -> Self {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(case.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    /// A number from 0 to `bound - 1`; 0 when there is nothing to choose from.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(bound).unwrap_or(0)
    }

    /// A number within `least..=most`.
    pub fn within(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// An index into a list of that length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_cases_throw_apart() {
        let throw = |case: &str| {
            let mut dice = Dice::of(7, case);
            (0..8).map(|_| dice.within(10, 99)).collect::<Vec<_>>()
        };
        assert_eq!(throw("races"), throw("races"));
        assert_ne!(throw("races"), throw("killed"));
        assert!(throw("races").iter().all(|number| (10..=99).contains(number)));
        assert_eq!(Dice::of(7, "races").below(0), 0);
    }
}
