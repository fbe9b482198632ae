//! Who the users are, and what each of them does next.

use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::sequence::stir;
use crate::model::{Pause, Rate, Task, UserClass};

/// The users of a scenario: which class each of them has. Fixed by the weights alone, so that any
/// number of users is divided as the weights say, to within one user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    roles: Vec<Role>,
    /// The role of user n is that of n modulo this cycle's length.
    cycle: Vec<usize>,
}

/// What the users of one class do.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) pause: Pause,
    pub(crate) rate: Option<Rate>,
    tasks: Vec<Task>,
    /// The sums of the tasks' weights up to each.
    sums: Vec<u64>,
}

/// Weights are reduced to a cycle of at most so many users: as many as there can be.
const LONGEST_CYCLE: u64 = 100_000;

impl Cast {
    pub(crate) fn new(classes: &[UserClass]) -> Self {
        let weights: Vec<u64> = classes.iter().map(|class| u64::from(class.weight)).collect();
        Self { cycle: cycle(&weights), roles: classes.iter().map(Role::new).collect() }
    }

    /// The role of a user; `None` where users have none and pick any endpoint.
    pub(crate) fn role(&self, user: u64) -> Option<&Role> {
        let place = (user % (self.cycle.len().max(1) as u64)) as usize;
        self.cycle.get(place).map(|&role| &self.roles[role])
    }
}

impl Cast {
    /// For each place in the cycle how many before it take a step that `counts`, with the number of
    /// all that do behind the last one; empty without classes. `counts` is by endpoint.
    pub(crate) fn places(&self, counts: &[u64]) -> Box<[u64]> {
        if self.cycle.is_empty() {
            return Box::default();
        }
        let taken: Vec<bool> = self.roles.iter().map(|role| role.most_steps(counts) > 0).collect();
        let mut sum = 0;
        let before = self.cycle.iter().map(|&role| {
            let before = sum;
            sum += u64::from(taken[role]);
            before
        });
        let mut before: Vec<u64> = before.collect();
        before.push(sum);
        before.into()
    }

    /// The roles that none of the first `users` users has.
    pub(crate) fn idle(&self, users: u64) -> Vec<usize> {
        let mut has_any = vec![false; self.roles.len()];
        for &role in self.cycle.iter().take(usize::try_from(users).unwrap_or(usize::MAX)) {
            has_any[role] = true;
        }
        (0..self.roles.len()).filter(|&role| !has_any[role]).collect()
    }

    /// How many steps of one task `counts` at most.
    pub(crate) fn most_steps(&self, counts: &[u64]) -> u64 {
        self.roles.iter().map(|role| role.most_steps(counts)).max().unwrap_or(0)
    }
}

/// The classes in a cycle in which each has its part, spread as evenly as can be (smooth weighted
/// round robin).
fn cycle(weights: &[u64]) -> Vec<usize> {
    let divisor = weights.iter().copied().fold(0, greatest_common_divisor).max(1);
    let total: u64 = weights.iter().map(|weight| weight / divisor).sum();
    let length = total.min(LONGEST_CYCLE);
    let mut credit = vec![0.0; weights.len()];
    let mut cycle = Vec::with_capacity(length as usize);
    for _ in 0..length {
        for (credit, weight) in credit.iter_mut().zip(weights) {
            *credit += (weight / divisor) as f64 / total as f64;
        }
        let Some(next) = (0..credit.len()).max_by(|&a, &b| {
            // The earlier of two equals.
            credit[a].total_cmp(&credit[b]).then(b.cmp(&a))
        }) else {
            break;
        };
        credit[next] -= 1.0;
        cycle.push(next);
    }
    cycle
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl Role {
    fn new(class: &UserClass) -> Self {
        let sums = class
            .tasks
            .iter()
            .scan(0, |sum, task| {
                *sum += u64::from(task.weight);
                Some(*sum)
            })
            .collect();
        Self { pause: class.pause, rate: class.rate, tasks: class.tasks.clone(), sums }
    }

    fn most_steps(&self, counts: &[u64]) -> u64 {
        let steps = |task: &Task| task.steps.iter().map(|&step| counts[step]).sum::<u64>();
        self.tasks.iter().map(steps).max().unwrap_or(0)
    }

    /// `starts` divided among the tasks by weight: the first step of each, and its part. What is
    /// left over goes to each with its due chance (systematic sampling, Madow 1949).
    pub(crate) fn divide(
        &self,
        starts: u64,
        random: &mut impl Rng,
    ) -> impl Iterator<Item = (usize, u64)> {
        let total = self.sums.last().copied().unwrap_or(0).max(1);
        let begin = u128::from(random.random_range(0..total));
        let up_to = move |sum: u64| {
            ((u128::from(starts) * u128::from(sum) + begin) / u128::from(total)) as u64
        };
        let before = std::iter::once(0).chain(self.sums.iter().copied());
        self.tasks.iter().zip(&self.sums).zip(before).filter_map(move |((task, &sum), before)| {
            task.steps.first().map(|&step| (step, up_to(sum) - up_to(before)))
        })
    }

    /// The steps of the next task, as positions in the plan.
    pub(crate) fn choose(&self, random: &mut impl Rng) -> &[usize] {
        let total = self.sums.last().copied().unwrap_or(0);
        if total == 0 {
            return &[];
        }
        let drawn = random.random_range(0..total);
        &self.tasks[self.sums.partition_point(|&sum| sum <= drawn)].steps
    }
}

/// Draws the length of a pause.
pub(crate) fn draw(pause: Pause, random: &mut impl Rng) -> Duration {
    match pause {
        Pause::Constant(time) => time,
        Pause::Uniform(least, most) => {
            least + most.saturating_sub(least).mul_f64(random.random::<f64>())
        }
        Pause::LogNormal { median, sigma } => {
            let seconds = median.as_secs_f64() * (sigma * standard_normal(random)).exp();
            Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).min(LONGEST_PAUSE)
        }
    }
}

/// A lognormal draw can be of any length; nobody waits longer than this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// A standard normal deviate (Box & Muller 1958).
fn standard_normal(random: &mut impl Rng) -> f64 {
    // From above zero to one, so that the logarithm is finite.
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

/// The generator of one user, or one arrival, in one slice.
pub(crate) fn generator(seed: u64, number: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(stir(&[seed, number]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn class(weight: u32, tasks: &[(u32, &[usize])]) -> UserClass {
        let tasks = tasks.iter().map(|&(weight, steps)| Task { weight, steps: steps.to_vec() });
        UserClass {
            name: "class".to_owned(),
            weight,
            pause: Pause::default(),
            rate: None,
            tasks: tasks.collect(),
        }
    }

    fn first_step(cast: &Cast, user: u64) -> usize {
        cast.role(user).unwrap().choose(&mut generator(1, user))[0]
    }

    #[test]
    fn users_are_divided_as_the_weights_say() {
        let cast = Cast::new(&[class(1, &[(1, &[0])]), class(3, &[(1, &[1])])]);
        for users in [4, 40, 400] {
            let heavy = (0..users).filter(|&user| first_step(&cast, user) == 0).count();
            assert_eq!(heavy as u64, users / 4);
        }
        assert_eq!(first_step(&cast, 0), 1, "one user alone is of the largest class");
    }

    #[test]
    fn a_class_without_users_is_known() {
        let cast = Cast::new(&[class(1, &[(1, &[0])]), class(3, &[(1, &[1])])]);
        assert_eq!((cast.idle(1), cast.idle(4)), (vec![0], vec![]));
        let rare = Cast::new(&[class(1, &[(1, &[0])]), class(1_000_000, &[(1, &[1])])]);
        assert_eq!(rare.idle(100_000), [0]);
    }

    #[test]
    fn large_weights_are_reduced() {
        assert_eq!(cycle(&[1000, 3000]).len(), 4);
        let primes = cycle(&[65_537, 131_071]);
        let first = primes.iter().filter(|&&class| class == 0).count();
        assert_eq!(primes.len(), 100_000);
        assert!((33_330..=33_336).contains(&first), "{first}");
    }

    #[test]
    fn without_classes_there_are_no_roles() {
        assert!(Cast::default().role(7).is_none());
    }

    #[test]
    fn tasks_are_chosen_by_weight() {
        let cast = Cast::new(&[class(1, &[(5, &[0]), (3, &[1, 2]), (2, &[3])])]);
        let mut random = generator(1, 1);
        let mut counts = [0_u32; 4];
        for _ in 0..10_000 {
            counts[cast.role(0).unwrap().choose(&mut random)[0]] += 1;
        }
        let [first, second, none, third] = counts;
        assert_eq!(none, 0, "a flow begins with its first step");
        assert!((4800..5200).contains(&first), "{counts:?}");
        assert!((2800..3200).contains(&second), "{counts:?}");
        assert!((1800..2200).contains(&third), "{counts:?}");
    }

    #[test]
    fn starts_are_divided_by_weight_and_none_is_lost() {
        let cast = Cast::new(&[class(1, &[(5, &[0]), (3, &[1, 2]), (2, &[3])])]);
        let mut random = generator(1, 1);
        let mut divided =
            |starts| cast.role(0).unwrap().divide(starts, &mut random).collect::<Vec<_>>();
        assert_eq!(divided(10), [(0, 5), (1, 3), (3, 2)]);
        assert_eq!(divided(7).iter().map(|(_, part)| part).sum::<u64>(), 7);
        assert_eq!(divided(u64::MAX).iter().map(|(_, part)| part).sum::<u64>(), u64::MAX);
        let mut sums = [0; 3];
        for _ in 0..10_000 {
            sums.iter_mut().zip(divided(1)).for_each(|(sum, (_, part))| *sum += part);
        }
        let [first, second, third] = sums;
        let near = |sum: u64, expected: u64| sum.abs_diff(expected) < 200;
        assert!(near(first, 5000) && near(second, 3000) && near(third, 2000), "{sums:?}");
    }

    #[test]
    fn pauses_have_the_distribution_they_are_given() {
        let mut random = generator(1, 1);
        let constant = Pause::Constant(SECOND);
        assert_eq!(draw(constant, &mut random), SECOND);
        let uniform = Pause::Uniform(SECOND, 3 * SECOND);
        let lognormal = Pause::LogNormal { median: SECOND, sigma: 0.5 };
        let mut sum = Duration::ZERO;
        let mut logarithms = Vec::new();
        for _ in 0..10_000 {
            let drawn = draw(uniform, &mut random);
            assert!((SECOND..=3 * SECOND).contains(&drawn));
            sum += drawn;
            logarithms.push(draw(lognormal, &mut random).as_secs_f64().ln());
        }
        assert!((1.98..2.02).contains(&(sum / 10_000).as_secs_f64()));
        let mean = logarithms.iter().sum::<f64>() / 10_000.0;
        let variance = logarithms.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.02 && (variance.sqrt() - 0.5).abs() < 0.02, "{mean} {variance}");
    }
}
