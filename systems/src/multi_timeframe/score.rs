//! The multi-timeframe score: the frames' directions, weighed by their weights and confidences.

use serde::{Deserialize, Serialize};

/// What the frames say together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// sum w c d / sum w c over the frames that have a direction: -1 ..= 1.
    pub score: f64,
    /// How many frames go the way of the score.
    pub agreement: u32,
    /// Mean direction: 1 if all go up, -1 if all go down.
    pub alignment: f64,
    /// Weight of the frames that have a direction over that of all.
    pub coverage: f64,
}

/// One frame's word: weight, confidence, direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote {
    /// Above 0.
    pub weight: f64,
    /// 0 ..= 1.
    pub confidence: f64,
    /// -1, 0 or 1.
    pub direction: i8,
}

impl Score {
    /// Of the frames that have a word. The score is a mean: its denominator, sum w c, is over the same frames as its
    /// numerator, so that a frame without confidence does not pull it to zero. `None` without any confidence.
    #[inline]
    pub fn of(votes: impl Iterator<Item = Vote> + Clone, all_weights: f64) -> Option<Self> {
        let (mut sum, mut norm, mut weights, mut frames, mut directions) = (0.0, 0.0, 0.0, 0u32, 0i32);
        for vote in votes.clone() {
            let weight = vote.weight * vote.confidence;
            sum += weight * f64::from(vote.direction);
            norm += weight;
            weights += vote.weight;
            frames += 1;
            directions += i32::from(vote.direction);
        }
        if norm <= 0.0 {
            return None;
        }
        let score = sum / norm;
        let way = if score > 0.0 { 1 } else { -i8::from(score < 0.0) };
        Some(Self {
            score,
            agreement: votes.filter(|vote| vote.direction == way).count() as u32,
            alignment: f64::from(directions) / f64::from(frames),
            coverage: weights / all_weights,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn votes(weights: &[f64], directions: &[i8], confidences: &[f64]) -> Vec<Vote> {
        let rows = weights.iter().zip(directions).zip(confidences);
        rows.map(|((w, d), c)| Vote { weight: *w, confidence: *c, direction: *d }).collect()
    }

    fn score(votes: &[Vote]) -> Option<Score> {
        Score::of(votes.iter().copied(), votes.iter().map(|v| v.weight).sum())
    }

    /// The known answer, +.0725: the numerator is .09 + .18 - .32 + .10 = .05, sum w c is .09 + .18 + .32 + .10 = .69, and
    /// .05 / .69 = .07246.
    #[test]
    fn known_answer() {
        let votes = votes(&[0.1, 0.3, 0.4, 0.2], &[1, 1, -1, 1], &[0.9, 0.6, 0.8, 0.5]);
        let score = score(&votes).unwrap();
        assert!((score.score - 0.05 / 0.69).abs() < 1e-15);
        assert_eq!((score.score * 1e4).round() / 1e4, 0.0725);
        assert_eq!((score.agreement, score.alignment), (3, 0.5));
        assert!((score.coverage - 1.0).abs() < 1e-15);
    }

    #[test]
    fn without_confidence_there_is_no_score() {
        assert_eq!(score(&[]), None);
        assert_eq!(score(&votes(&[1.0, 2.0], &[1, -1], &[0.0, 0.0])), None);
    }

    #[test]
    fn a_score_of_zero_agrees_with_frames_that_go_nowhere() {
        let score = score(&votes(&[1.0, 1.0, 1.0], &[1, -1, 0], &[0.5, 0.5, 0.2])).unwrap();
        assert_eq!((score.score, score.agreement, score.alignment), (0.0, 1, 0.0));
    }

    proptest! {
        #[test]
        fn bounds_mirror_and_scale(rows in prop::collection::vec((0.01f64..5.0, 0.01f64..=1.0, -1i8..=1), 1..8), by in 0.1f64..10.0) {
            let plain: Vec<Vote> = rows.iter().map(|(w, c, d)| Vote { weight: *w, confidence: *c, direction: *d }).collect();
            let mirrored: Vec<Vote> = plain.iter().map(|v| Vote { direction: -v.direction, ..*v }).collect();
            let heavier: Vec<Vote> = plain.iter().map(|v| Vote { weight: v.weight * by, ..*v }).collect();
            let (one, two, three) = (score(&plain).unwrap(), score(&mirrored).unwrap(), score(&heavier).unwrap());
            prop_assert!(one.score.abs() <= 1.0 + 1e-12 && one.alignment.abs() <= 1.0);
            prop_assert_eq!((one.score, one.alignment, one.agreement), (-two.score, -two.alignment, two.agreement));
            prop_assert!((one.score - three.score).abs() < 1e-12 && (one.coverage - three.coverage).abs() < 1e-12);
            if rows.iter().all(|r| r.2 == 1) {
                prop_assert!((one.score - 1.0).abs() < 1e-12 && one.agreement as usize == rows.len());
            }
        }
    }
}
